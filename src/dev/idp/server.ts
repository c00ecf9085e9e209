// The development authorization server: an offline issuer of access tokens on 127.0.0.1.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../core/clock.ts'
import type { Clock } from '../../core/clock.ts'
import { McpAuthError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import { ClientDocuments, type DocumentPolicy } from './client-documents.ts'
import type { IdpClient } from './clients.ts'
import { dropFaults } from './faults.ts'
import { keysVersion, loadKeys, rotateKeys } from './keys.ts'
import type { SigningAlgorithm, SigningKeys } from './keys.ts'
import { writeLastRun } from './last-run.ts'
import { idpListener } from './listener.ts'
import type { Serving } from './listener.ts'
import { PendingFaults } from './pending-faults.ts'
import { createProvider } from './provider.ts'
import { routes } from './routes.ts'
import { IdpStore } from './store.ts'
import { defaultUsers, type IdpUser } from './users.ts'

export interface DevIdpOptions {
  /** The data folder; keys and state live in its `dev-idp`. */
  readonly home: string
  /** 0 takes a free one. */
  readonly port: number
  readonly host?: '127.0.0.1'
  readonly clients: readonly IdpClient[]
  /** The `aud` of tokens when neither the request nor the client names one. */
  readonly defaultAudience?: string
  /** Seconds; 600 unless given. */
  readonly accessTokenLifetime?: number
  /** Of issued tokens; RS256 unless given. */
  readonly algorithm?: SigningAlgorithm
  readonly clock?: Clock
  readonly logger: Logger
  /** Makes new signing keys before it starts. */
  readonly rotateKeys?: boolean
  /** Asks on a page who signs in and whether a client may; otherwise codes for this machine are given at once. */
  readonly interactive?: boolean
  /** Whose client id metadata documents are read; nobody's unless given. */
  readonly clientDocuments?: DocumentPolicy
  /** Every DPoP proof must hold a nonce of this server. */
  readonly dpopNonce?: boolean
  /** Who can sign in; a `dev-user` unless given. */
  readonly users?: readonly [IdpUser, ...IdpUser[]]
}

export interface DevIdp {
  readonly issuer: string
  readonly url: string
  readonly jwksUrl: string
  readonly tokenUrl: string
  /** New tokens get a new key from now on; earlier tokens stay valid. */
  rotateKeys(): Promise<void>
  close(): Promise<void>
}

const loopback = '127.0.0.1'
const defaultLifetime = 600
/** How often the keys file is looked at while nobody asks for anything, in ms. */
const pollInterval = 500

/** Listens when it resolves. Throws PORT_IN_USE, or DEV_IDP_FILE_INVALID when the stored keys cannot be used. */
export async function startDevIdp(options: DevIdpOptions): Promise<DevIdp> {
  const { home } = options
  const keys = await (options.rotateKeys === true ? rotateKeys(home) : loadKeys(home))
  const server = createServer()
  const port = await listen(server, options)
  const issuer = `http://${loopback}:${port}`
  const serving = new KeyedServing(options, issuer, keys)
  const stopped = new AbortController()
  await dropFaults(home)
  server.on(
    'request',
    idpListener({
      faultOf: (path) => serving.faults.ofRequest(path, stopped.signal),
      current: () => serving.current(),
      svidKeys: async (project) => {
        // Loaded when it is needed, as the keys of the server itself need no database.
        const { publishedSvidKeys } = await import('../../control-plane/svid-keys.ts')
        return publishedSvidKeys(home, project)
      },
    }),
  )
  await writeLastRun(home, { issuer, port })
  const following = serving.follow(stopped.signal)
  return {
    issuer,
    url: issuer,
    jwksUrl: issuer + routes.jwks,
    tokenUrl: issuer + routes.token,
    async rotateKeys() {
      await rotateKeys(home)
      await serving.current()
    },
    async close() {
      stopped.abort()
      await following
      await close(server)
    },
  }
}

/** Follows the keys file, which another process may replace at any time. */
class KeyedServing {
  readonly faults: PendingFaults
  readonly #options: DevIdpOptions
  readonly #issuer: string
  #version: string | undefined
  #signers: SigningKeys['signers']
  #serving: Promise<Serving>
  readonly #store = new IdpStore()
  readonly #documents: ClientDocuments
  readonly #nonceSecret = randomBytes(32)
  readonly #cookieKeys = [randomBytes(32).toString('base64url')]

  constructor(options: DevIdpOptions, issuer: string, keys: SigningKeys) {
    this.#options = options
    this.#issuer = issuer
    this.faults = new PendingFaults({ ...options, store: this.#store })
    this.#documents = new ClientDocuments({
      policy: options.clientDocuments ?? 'off',
      clock: options.clock ?? systemClock,
      logger: options.logger,
    })
    this.#version = keys.version
    this.#signers = keys.signers
    this.#serving = Promise.resolve(this.#build(keys))
  }

  /** What the file holds now, also for those who ask while it is being read. */
  async current(): Promise<Serving> {
    const version = await this.#fileVersion()
    if (version !== this.#version) {
      this.#version = version
      this.#serving = this.#reload(this.#serving)
    }
    return this.#serving
  }

  /** Takes over new keys before anybody asks, so that whoever rotates them sees it at once. Ends with `signal`. */
  async follow(signal: AbortSignal): Promise<void> {
    while (await slept(signal)) {
      // Keys that are gone are made anew when they are needed, not while somebody removes the folder.
      if ((await this.#fileVersion()) !== undefined) await this.current()
    }
  }

  /** Keys that cannot be read leave the last good ones at work. */
  async #reload(before: Promise<Serving>): Promise<Serving> {
    try {
      const keys = await loadKeys(this.#options.home)
      this.#version = keys.version
      this.#announce(keys)
      return this.#build(keys)
    } catch (error) {
      this.#options.logger.error('the signing keys were not reloaded', {
        error: error instanceof Error ? error.message : String(error),
      })
      return before
    }
  }

  #announce({ signers }: SigningKeys): void {
    const before = this.#signers
    this.#signers = signers
    const { RS256, ES256 } = signers
    if (RS256.kid === before.RS256.kid && ES256.kid === before.ES256.kid) return
    this.#options.logger.info('new signing keys taken over', {
      RS256: RS256.kid,
      ES256: ES256.kid,
    })
  }

  #fileVersion(): Promise<string | undefined> {
    return keysVersion(this.#options.home).catch(() => undefined)
  }

  #build(keys: SigningKeys): Serving {
    const { accessTokenLifetime, algorithm, clients, clock, defaultAudience, logger } =
      this.#options
    const { interactive = false, users = defaultUsers, dpopNonce = false } = this.#options
    const handle = createProvider(
      {
        issuer: this.#issuer,
        clients,
        defaultAudience,
        accessTokenLifetime: accessTokenLifetime ?? defaultLifetime,
        algorithm: algorithm ?? 'RS256',
        clock: clock ?? systemClock,
        logger,
        signIn: { interactive, users },
        store: this.#store,
        cookieKeys: this.#cookieKeys,
        documents: this.#documents,
        isExpiryDue: () => this.faults.isExpiryDue(),
        dpop: { requireNonce: dpopNonce, nonceSecret: this.#nonceSecret },
      },
      keys,
    )
    return { handle, publicKeys: keys.publicKeys, host: new URL(this.#issuer).host }
  }
}

async function slept(signal: AbortSignal): Promise<boolean> {
  try {
    await delay(pollInterval, undefined, { signal })
    return true
  } catch {
    return false
  }
}

async function listen(server: Server, options: DevIdpOptions): Promise<number> {
  try {
    server.listen(options.port, options.host ?? loopback)
    await once(server, 'listening')
  } catch (error) {
    throw new McpAuthError(
      'PORT_IN_USE',
      `Port ${options.port} of ${loopback} is taken by another process.`,
      { hint: 'Choose another one with --port; 0 takes a free one.', cause: error },
    )
  }
  const address = server.address()
  if (typeof address === 'object' && address !== null) return address.port
  throw new McpAuthError('INTERNAL', 'The authorization server listens on no port.')
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
