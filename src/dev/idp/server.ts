// The development authorization server: an offline issuer of access tokens on 127.0.0.1.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { systemClock } from '../../core/clock.ts'
import type { Clock } from '../../core/clock.ts'
import { McpAuthError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import type { IdpClient } from './clients.ts'
import { keysVersion, loadKeys, rotateKeys } from './keys.ts'
import type { SigningAlgorithm, SigningKeys } from './keys.ts'
import { writeLastRun } from './last-run.ts'
import { idpListener } from './listener.ts'
import type { Serving } from './listener.ts'
import { createProvider, jwksPath, tokenPath } from './provider.ts'

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

/** Listens when it resolves. Throws PORT_IN_USE, or DEV_IDP_FILE_INVALID when the stored keys cannot be used. */
export async function startDevIdp(options: DevIdpOptions): Promise<DevIdp> {
  const { home, logger } = options
  const keys = await (options.rotateKeys === true ? rotateKeys(home) : loadKeys(home))
  const server = createServer()
  const port = await listen(server, options)
  const issuer = `http://${loopback}:${port}`
  const serving = new KeyedServing(options, issuer, keys)
  server.on(
    'request',
    idpListener(() => serving.current()),
  )
  await writeLastRun(home, { issuer, port })
  return {
    issuer,
    url: issuer,
    jwksUrl: issuer + jwksPath,
    tokenUrl: issuer + tokenPath,
    async rotateKeys() {
      await rotateKeys(home)
      await serving.current()
      logger.info('signing keys rotated')
    },
    close: () => close(server),
  }
}

/** Follows the keys file, which another process may replace at any time. */
class KeyedServing {
  readonly #options: DevIdpOptions
  readonly #issuer: string
  #version: string | undefined
  #serving: Promise<Serving>

  constructor(options: DevIdpOptions, issuer: string, keys: SigningKeys) {
    this.#options = options
    this.#issuer = issuer
    this.#version = keys.version
    this.#serving = Promise.resolve(this.#build(keys))
  }

  /** What the file holds now, also for those who ask while it is being read. */
  async current(): Promise<Serving> {
    const version = await keysVersion(this.#options.home).catch(() => undefined)
    if (version !== this.#version) {
      this.#version = version
      this.#serving = this.#reload(this.#serving)
    }
    return this.#serving
  }

  /** Keys that cannot be read leave the last good ones at work. */
  async #reload(before: Promise<Serving>): Promise<Serving> {
    try {
      const keys = await loadKeys(this.#options.home)
      this.#version = keys.version
      return this.#build(keys)
    } catch (error) {
      this.#options.logger.error('the signing keys were not reloaded', {
        error: error instanceof Error ? error.message : String(error),
      })
      return before
    }
  }

  #build(keys: SigningKeys): Serving {
    const { accessTokenLifetime, algorithm, clients, clock, defaultAudience, logger } =
      this.#options
    const handle = createProvider(
      {
        issuer: this.#issuer,
        clients,
        defaultAudience,
        accessTokenLifetime: accessTokenLifetime ?? defaultLifetime,
        algorithm: algorithm ?? 'RS256',
        clock: clock ?? systemClock,
        logger,
      },
      keys,
    )
    return { handle, publicKeys: keys.publicKeys, host: new URL(this.#issuer).host }
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
