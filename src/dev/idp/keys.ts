// The signing keys of the development authorization server: kept in a file, rotated without breaking issued tokens.
import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import path from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { isJsonObject } from '../../core/json.ts'
import {
  fileVersion,
  idpFolder,
  invalidFile,
  readPrivateFile,
  withFolderLock,
  writePrivateFile,
} from './private-file.ts'

export const signingAlgorithms = ['RS256', 'ES256'] as const
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

/** A JWK that says which key it is and what it is for (RFC 7517 §4). */
export interface NamedKey extends JsonWebKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly use: 'sig'
}

export interface SigningKeys {
  /** The private key that signs now, one an algorithm. */
  readonly signers: Readonly<Record<SigningAlgorithm, NamedKey>>
  /** What the JWKS publishes: the signers' public halves and those of the generations before. */
  readonly publicKeys: readonly NamedKey[]
  /** Changes whenever the file does. */
  readonly version: string
}

const keptGenerations = 3

/** The stored keys; makes the first ones. Throws DEV_IDP_FILE_INVALID, and leaves the file alone, when it is damaged. */
export async function loadKeys(home: string, signal?: AbortSignal): Promise<SigningKeys> {
  return (await readKeys(home)) ?? createKeys(home, signal)
}

export interface Rotation {
  /** Tokens of earlier keys can no longer be verified. */
  readonly forgetEarlier?: boolean
}

/** Makes new keys the signers. Tokens of the two generations before can still be verified, and nothing signs with them. */
export async function rotateKeys(
  home: string,
  { forgetEarlier = false }: Rotation = {},
): Promise<SigningKeys> {
  const fresh = await generateKeys()
  return withFolderLock(home, async () => {
    const before = forgetEarlier ? [] : ((await readKeys(home))?.publicKeys ?? [])
    const kept = before.slice(0, (keptGenerations - 1) * signingAlgorithms.length)
    return storeKeys(home, [...fresh, ...kept])
  })
}

/** Equal to `SigningKeys.version` as long as the file is the one those keys were read from. */
export function keysVersion(home: string): Promise<string | undefined> {
  return fileVersion(keysFile(home))
}

async function createKeys(home: string, signal?: AbortSignal): Promise<SigningKeys> {
  const fresh = await generateKeys()
  return withFolderLock(home, async () => (await readKeys(home)) ?? storeKeys(home, fresh), signal)
}

async function readKeys(home: string): Promise<SigningKeys | undefined> {
  const file = keysFile(home)
  // Taken before the text, so that a replacement in between shows up as a newer version.
  const version = await fileVersion(file)
  const text = await readPrivateFile(file)
  if (text === undefined || version === undefined) return undefined
  try {
    return toSigningKeys(parseKeys(text), version)
  } catch (error) {
    throw invalidFile(file, 'it does not hold the signing keys that mcpauth wrote', error)
  }
}

async function storeKeys(home: string, keys: readonly NamedKey[]): Promise<SigningKeys> {
  const file = keysFile(home)
  await writePrivateFile(file, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`)
  return toSigningKeys(keys, (await fileVersion(file)) ?? '')
}

function generateKeys(): Promise<NamedKey[]> {
  return Promise.all(
    signingAlgorithms.map(async (alg) => {
      const { privateKey } = await generateKeyPair(alg, { extractable: true })
      const jwk = await exportJWK(privateKey)
      return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: 'sig' as const }
    }),
  )
}

function parseKeys(text: string): NamedKey[] {
  const content: unknown = JSON.parse(text)
  if (!isJsonObject(content) || content['version'] !== 1 || !Array.isArray(content['keys'])) {
    throw new TypeError('not a list of keys of version 1')
  }
  return content['keys'].map((key: unknown) => {
    if (!isNamedKey(key)) throw new TypeError('a key without kid, alg or use')
    return key
  })
}

function isNamedKey(value: unknown): value is NamedKey {
  return (
    isJsonObject(value) &&
    typeof value['kid'] === 'string' &&
    signingAlgorithms.some((algorithm) => algorithm === value['alg']) &&
    value['use'] === 'sig'
  )
}

function toSigningKeys(keys: readonly NamedKey[], version: string): SigningKeys {
  const signers = { RS256: newestOf(keys, 'RS256'), ES256: newestOf(keys, 'ES256') }
  return { signers, publicKeys: keys.map((key) => publicHalf(key)), version }
}

function newestOf(keys: readonly NamedKey[], algorithm: SigningAlgorithm): NamedKey {
  const key = keys.find((candidate) => candidate.alg === algorithm)
  if (key === undefined) throw new TypeError(`no ${algorithm} key`)
  createPrivateKey({ key, format: 'jwk' })
  return key
}

function publicHalf(key: NamedKey): NamedKey {
  const { kid, alg, use } = key
  return { ...createPublicKey({ key, format: 'jwk' }).export({ format: 'jwk' }), kid, alg, use }
}

function keysFile(home: string): string {
  return path.join(idpFolder(home), 'keys.json')
}
