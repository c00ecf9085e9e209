// `mcpauth dev idp`: the development authorization server until a signal, and the manifests that use it.
import type { Clock } from '../../core/clock.ts'
import { McpAuthError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import type { DocumentPolicy } from './client-documents.ts'
import {
  generateClient,
  generatedClients,
  isRedirectUri,
  loadClientsFile,
  type IdpClient,
} from './clients.ts'
import { shiftedClock } from './clock-offset.ts'
import { bearerComponent, oauth2Component, storeSecretCommand } from './component.ts'
import { rotateKeys, type SigningAlgorithm } from './keys.ts'
import { startDevIdp, type DevIdp, type DevIdpOptions } from './server.ts'

export interface DevIdpRunOptions {
  /** 0 picks a free one. */
  readonly port: number
  /** Names of clients whose secrets are generated once and kept. */
  readonly clients: readonly string[]
  readonly clientsFile: string | undefined
  /** Where codes of the `clients` may be sent. */
  readonly redirectUris?: readonly string[]
  /** Asks on a page who signs in. */
  readonly interactive?: boolean
  readonly clientDocuments?: DocumentPolicy
  /** Seconds by which its clock is ahead. */
  readonly clockOffset?: number
  /** Who can sign in. */
  readonly users?: DevIdpOptions['users']
  /** Wants a nonce in every DPoP proof. */
  readonly dpopNonce?: boolean
  /** `aud` of tokens whose request names none. */
  readonly audience: string | undefined
  /** Seconds. */
  readonly tokenLifetime: number
  readonly algorithm: SigningAlgorithm
}

export interface DevIdpWorld {
  readonly home: string
  /** How mcpauth is started, for commands to be pasted. */
  readonly program: string
  readonly clock: Clock
  /** For the manifests. */
  print(text: string): void
  /** For everything else. */
  readonly logger: Logger
  onSignal(listener: (name: NodeJS.Signals) => void): () => void
}

const exitCodes: Readonly<Record<string, number>> = { SIGINT: 130, SIGPIPE: 141 }

/** Serves until a signal; resolves with the exit code. Throws PORT_IN_USE, USAGE or DEV_IDP_FILE_INVALID. */
export async function runDevIdp(options: DevIdpRunOptions, world: DevIdpWorld): Promise<number> {
  const stopped = Promise.withResolvers<NodeJS.Signals>()
  // From the first step on: whoever reads the manifests may end the server at once.
  const stopSignals = world.onSignal((name) => stopped.resolve(name))
  try {
    return await serveUntil(stopped.promise, options, world)
  } finally {
    stopSignals()
  }
}

async function serveUntil(
  stopped: Promise<NodeJS.Signals>,
  options: DevIdpRunOptions,
  world: DevIdpWorld,
): Promise<number> {
  const { idp, wanted } = await openDevIdp(options, world)
  world.print(manifests(options, idp, wanted, world.program))
  const name = await stopped
  await idp.close()
  return exitCodes[name] ?? 0
}

/** Starts to serve, with the clients of `options` and those of earlier runs. Throws as runDevIdp does. */
export async function openDevIdp(
  options: DevIdpRunOptions,
  { home, clock, logger }: Pick<DevIdpWorld, 'home' | 'clock' | 'logger'>,
): Promise<{ readonly idp: DevIdp; readonly wanted: readonly ClientToShow[] }> {
  const { all, wanted } = await clientsOf(options, home)
  const idp = await startDevIdp({
    home,
    port: options.port,
    clients: all,
    accessTokenLifetime: options.tokenLifetime,
    algorithm: options.algorithm,
    interactive: options.interactive === true,
    dpopNonce: options.dpopNonce === true,
    ...(options.clientDocuments === undefined ? {} : { clientDocuments: options.clientDocuments }),
    ...(options.users === undefined ? {} : { users: options.users }),
    ...(options.audience === undefined ? {} : { defaultAudience: options.audience }),
    clock: shiftedClock(clock, options.clockOffset ?? 0),
    logger,
  })
  return { idp, wanted }
}

/** New signing keys, which running servers use at once; earlier tokens stay valid. Returns the new key ids. */
export async function rotateSigningKeys(home: string): Promise<readonly string[]> {
  const keys = await rotateKeys(home)
  return Object.values(keys.signers).map(({ kid }) => kid)
}

interface ClientToShow {
  readonly client: IdpClient
  /** File that holds the secret alone; undefined for a client of the user's own file. */
  readonly secretFile: string | undefined
}

interface Clients {
  /** All that may ask for tokens, those of earlier runs too. */
  readonly all: readonly IdpClient[]
  /** Those that this run was asked for. */
  readonly wanted: readonly ClientToShow[]
}

async function clientsOf(options: DevIdpRunOptions, home: string): Promise<Clients> {
  const { clientsFile } = options
  const fromFile = clientsFile === undefined ? [] : await loadClientsFile(clientsFile)
  const names = new Set(fromFile.map(({ clientId }) => clientId))
  const clash = options.clients.find((name) => names.has(name))
  if (clash !== undefined) {
    throw new McpAuthError(
      'USAGE',
      `The client ${clash} is given by --client and by --clients-file.`,
      { hint: 'Leave one of them out.' },
    )
  }
  const wanted: ClientToShow[] = fromFile.map((client) => ({ client, secretFile: undefined }))
  const redirectUris = checkedRedirectUris(options.redirectUris ?? [])
  for (const name of options.clients) {
    const { client, secretFile } = await generateClient(home, name)
    wanted.push({ client: { ...client, redirectUris }, secretFile })
  }
  for (const { client } of wanted) names.add(client.clientId)
  const kept = (await generatedClients(home)).filter(({ clientId }) => !names.has(clientId))
  return { all: [...wanted.map(({ client }) => client), ...kept], wanted }
}

function checkedRedirectUris(redirectUris: readonly string[]): readonly string[] {
  const unfit = redirectUris.find((uri) => !isRedirectUri(uri))
  if (unfit === undefined) return redirectUris
  throw new McpAuthError('USAGE', `A code cannot be sent to ${JSON.stringify(unfit)}.`, {
    hint: 'Use https, http with 127.0.0.1, [::1] or localhost, or a scheme such as com.example.app.',
  })
}

function manifests(
  options: DevIdpRunOptions,
  idp: DevIdp,
  clients: readonly ClientToShow[],
  program: string,
): string {
  const [first] = clients
  const fallback = options.audience ?? first?.client.audience ?? 'mcp-server'
  const parts = [
    `# Development authorization server: ${idp.issuer} (Ctrl-C ends it)`,
    '# For the App ID of the server:',
    bearerComponent({ issuer: idp.issuer, jwksUrl: idp.jwksUrl, audience: fallback }).trimEnd(),
  ]
  for (const { client, secretFile } of clients) {
    const { clientId, audience = fallback } = client
    if (client.clientSecret === undefined) {
      parts.push(
        `# The client ${clientId} has no secret: it authenticates with its key (private_key_jwt).`,
      )
      continue
    }
    parts.push(
      '---',
      `# For the App ID of the client ${clientId}. Store its secret first:`,
      `#   ${storeSecretCommand(program, secretFile)}`,
      oauth2Component({ clientId, tokenUrl: idp.tokenUrl, audience }).trimEnd(),
    )
  }
  return `${parts.join('\n')}\n`
}
