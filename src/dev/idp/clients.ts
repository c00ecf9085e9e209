// The OAuth clients of the development authorization server: from a user's file, or made on request and kept.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { McpAuthError } from '../../core/errors.ts'
import { isJsonObject } from '../../core/json.ts'
import type { JsonObject } from '../../core/json.ts'
import { Secret } from '../../core/secret.ts'
import { readClientKeys, type ClientKeys } from './client-keys.ts'
import { idpFolder, readPrivateFile, withFolderLock, writePrivateFile } from './private-file.ts'
import { isScope } from './scopes.ts'

export interface IdpClient {
  readonly clientId: string
  /** What it authenticates with, unless it has keys. */
  readonly clientSecret?: Secret
  /** Its public keys; it authenticates by what it signs with a private one. */
  readonly jwks?: ClientKeys
  /** Whether each of its tokens is bound to a key of its own (DPoP). */
  readonly dpopBound?: boolean
  /** What the client may ask for; without a list it may ask for anything. */
  readonly scopes?: readonly string[]
  /** The `aud` of its tokens when a request names none. */
  readonly audience?: string
  /** Where codes may be sent; without any the client takes no part in the authorization code flow. */
  readonly redirectUris?: readonly string[]
}

export interface GeneratedClient {
  readonly client: IdpClient & { readonly clientSecret: Secret }
  /** False when it was there before. */
  readonly created: boolean
  /** A file that holds the client secret and nothing else, for `mcpauth secret set --from-file`. */
  readonly secretFile: string
}

const knownMembers = new Set([
  'clientId',
  'clientSecret',
  'jwks',
  'dpopBound',
  'scopes',
  'audience',
  'redirectUris',
])
/** Safe as a file name, in a shell, and in `client_id` (RFC 6749 appendix A.1). */
const generatedName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
const secretBytes = 32

/** Where the secret of a generated client lies, alone in a file. */
export function clientSecretFile(home: string, clientId: string): string {
  return path.join(idpFolder(home), 'client-secrets', clientId)
}

/** The clients of a user's JSON file. Throws USAGE when it cannot be read, DEV_IDP_FILE_INVALID when an entry is wrong. */
export async function loadClientsFile(file: string): Promise<IdpClient[]> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new McpAuthError('USAGE', `The clients file ${file} cannot be read.`, {
      hint: 'Check the path and its permissions.',
      cause: error,
    })
  }
  return parseClients(text, file)
}

/** The clients that earlier runs generated. */
export async function generatedClients(home: string): Promise<IdpClient[]> {
  const file = clientsFile(home)
  const text = await readPrivateFile(file)
  return text === undefined ? [] : parseClients(text, file)
}

/** The kept client of that name, or a new one with a random secret. `random` gives as many bytes as asked. */
export async function generateClient(
  home: string,
  clientId: string,
  random: (bytes: number) => Buffer = randomBytes,
): Promise<GeneratedClient> {
  if (!generatedName.test(clientId)) {
    throw new McpAuthError('USAGE', `"${clientId}" cannot be the name of a client.`, {
      hint: 'Use letters, digits, ".", "_" and "-", starting with a letter or digit, at most 63.',
    })
  }
  return withFolderLock(home, async () => {
    const clients = await generatedClients(home)
    const kept = clients.find((client) => client.clientId === clientId)
    const clientSecret = kept?.clientSecret ?? new Secret(random(secretBytes).toString('base64url'))
    const client = { ...kept, clientId, clientSecret }
    if (kept === undefined) await writePrivateFile(clientsFile(home), toText([...clients, client]))
    const secretFile = clientSecretFile(home, clientId)
    await writePrivateFile(secretFile, client.clientSecret.reveal())
    return { client, created: kept === undefined, secretFile }
  })
}

function parseClients(text: string, file: string): IdpClient[] {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    // The parser's message quotes the text, which holds secrets.
    throw wrongClients(file, 'it is not JSON')
  }
  if (!Array.isArray(content)) throw wrongClients(file, 'it is not a list')
  const clients = content.map((entry: unknown, index) =>
    toClient(entry, `${file}, entry ${index + 1}`),
  )
  const names = clients.map((client) => client.clientId)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw wrongClients(file, `client "${twice}" is listed twice`)
  return clients
}

function toClient(entry: unknown, place: string): IdpClient {
  if (!isJsonObject(entry)) throw wrongClients(place, 'it is not an object')
  const stranger = Object.keys(entry).find((member) => !knownMembers.has(member))
  if (stranger !== undefined) throw wrongClients(place, `it has an unknown member "${stranger}"`)
  const audience = optionalText(entry, 'audience', place)
  const scopes = optionalScopes(entry, place)
  const redirectUris = optionalRedirectUris(entry, place)
  return {
    clientId: requiredText(entry, 'clientId', place),
    ...credentials(entry, place),
    ...(entry['dpopBound'] === true ? { dpopBound: true } : {}),
    ...(scopes === undefined ? {} : { scopes }),
    ...(audience === undefined ? {} : { audience }),
    ...(redirectUris === undefined ? {} : { redirectUris }),
  }
}

/** A secret or keys. */
function credentials(entry: JsonObject, place: string): Pick<IdpClient, 'clientSecret' | 'jwks'> {
  const { jwks, dpopBound = false } = entry
  if (typeof dpopBound !== 'boolean') throw wrongClients(place, '"dpopBound" is not true or false')
  if (jwks === undefined) {
    return { clientSecret: new Secret(requiredText(entry, 'clientSecret', place)) }
  }
  if ('clientSecret' in entry) throw wrongClients(place, 'it has both "clientSecret" and "jwks"')
  const keys = readClientKeys(jwks)
  if ('problem' in keys) throw wrongClients(place, keys.problem)
  return { jwks: keys }
}

function requiredText(entry: JsonObject, member: string, place: string): string {
  const text = optionalText(entry, member, place)
  if (text === undefined) throw wrongClients(place, `"${member}" is missing`)
  return text
}

/** Printable ASCII, as RFC 6749 appendix A wants of both client_id and client_secret. */
function optionalText(entry: JsonObject, member: string, place: string): string | undefined {
  const value = entry[member]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || !/^[\x20-\x7e]+$/.test(value)) {
    throw wrongClients(place, `"${member}" is not a text of printable ASCII`)
  }
  return value
}

function optionalScopes(entry: JsonObject, place: string): string[] | undefined {
  const value = entry['scopes']
  if (value === undefined) return undefined
  if (!Array.isArray(value)) throw wrongClients(place, '"scopes" is not a list')
  return value.map((scope: unknown) => {
    if (typeof scope === 'string' && isScope(scope)) return scope
    throw wrongClients(place, '"scopes" holds something that is no scope (RFC 6749 §3.3)')
  })
}

function optionalRedirectUris(entry: JsonObject, place: string): string[] | undefined {
  const value = entry['redirectUris']
  if (value === undefined) return undefined
  if (!Array.isArray(value)) throw wrongClients(place, '"redirectUris" is not a list')
  return value.map((uri: unknown) => {
    if (typeof uri === 'string' && isRedirectUri(uri)) return uri
    throw wrongClients(place, '"redirectUris" holds something that a code cannot be sent to')
  })
}

/** What RFC 8252 §7 knows: https, http on this machine, a scheme of the app's own with a dot in it. */
export function isRedirectUri(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || text.includes('#')) return false
  if (url.protocol === 'http:') return ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.protocol === 'https:' || /^[a-z][a-z0-9+-]*\.[a-z0-9+.-]*:$/.test(url.protocol)
}

function wrongClients(place: string, why: string): McpAuthError {
  return new McpAuthError(
    'DEV_IDP_FILE_INVALID',
    `The clients of ${place} cannot be used: ${why}.`,
    {
      hint: 'Write a JSON list of {"clientId", "clientSecret" or "jwks", "dpopBound"?, "scopes"?, "audience"?, "redirectUris"?}.',
    },
  )
}

function toText(clients: readonly IdpClient[]): string {
  const entries = clients.map((client) => ({
    ...client,
    clientSecret: client.clientSecret?.reveal(),
  }))
  return `${JSON.stringify(entries, null, 2)}\n`
}

function clientsFile(home: string): string {
  return path.join(idpFolder(home), 'clients.json')
}
