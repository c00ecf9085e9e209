// The keys that sign the JWT-SVIDs of a project: made when an MCP server first needs one, sealed, replaced without a gap.
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { McpAuthError } from '../core/errors.ts'
import { isJsonObject, type JsonObject } from '../core/json.ts'
import { valueAt } from '../core/pointer.ts'
import type { Secret } from '../core/secret.ts'
import type { SnapshotProblem, SvidKey } from '../core/snapshot.ts'
import { nextRevision, type ProjectRow, type StoreContext } from './context.ts'
import { Database } from './database.ts'
import type { World } from './world.ts'

/** Where an MCPServer asks for a JWT-SVID. */
export const svidPointers = ['streamableHTTP', 'sse'].map(
  (transport) => `/spec/endpoint/${transport}/auth/spiffe`,
)

/** The signing key and the two before it are published: what they signed can still be verified. */
const keptKeys = 3

/** Readers wait in the process that serves the keys, which does nothing else meanwhile. */
const busyTimeoutMs = 100

interface Row {
  readonly id: number
  readonly kid: string
  readonly public_jwk: string
  readonly box: Buffer
}

/** Makes the project's first key if one of its MCP servers is called with JWT-SVIDs. */
export function ensureSvidKey(world: World): void {
  const { context, project } = world
  if (newestRow(context, project) !== undefined) return
  const isWanted = world
    .all('MCPServer')
    .some(({ manifest }) =>
      svidPointers.some((pointer) => valueAt(manifest, pointer) !== undefined),
    )
  if (!isWanted) return
  context.database.write(() => {
    // Another process may have been faster.
    if (newestRow(context, project) === undefined) insertKey(context, project)
  })
}

/** The key that signs now, or why there is none. */
export function svidSigner(
  context: StoreContext,
  project: ProjectRow,
): SvidKey | { readonly problem: SnapshotProblem } {
  const row = newestRow(context, project)
  try {
    // An MCP server came between: the reload that follows it makes the key.
    if (row === undefined)
      return { problem: noKey(project.name, 'there is none yet', 'Try again.') }
    const privateKey = context.vault.unseal(['svid_keys', project.name, row.kid], row.box)
    return isPrivateKey(privateKey)
      ? { kid: row.kid, privateKey }
      : { problem: noKey(project.name, 'it is damaged') }
  } catch (error) {
    if (!(error instanceof McpAuthError)) throw error
    return { problem: noKey(project.name, 'it cannot be opened') }
  }
}

/** New keys for every project that has one; sidecars that run take them over. Returns their ids. */
export function rotateSvidKeys(context: StoreContext): string[] {
  return context.database.write(() => {
    const projects = context.database.all<ProjectRow>(
      'SELECT id, name FROM projects WHERE id IN (SELECT project_id FROM svid_keys) ORDER BY id',
    )
    if (projects.length > 0) nextRevision(context)
    return projects.map((project) => insertKey(context, project))
  })
}

/**
 * The public keys of a project, newest first; undefined when there is no such project. Opens the store of `home` for
 * reading alone, and throws where there is none or it cannot be read at once.
 */
export function publishedSvidKeys(home: string, project: string): JsonObject[] | undefined {
  const database = new Database({ home, random: randomBytes, readOnly: true, busyTimeoutMs })
  try {
    const row = database.get<ProjectRow>('SELECT id, name FROM projects WHERE name = ?', project)
    if (row === undefined) return undefined
    return database
      .all<Row>('SELECT * FROM svid_keys WHERE project_id = ? ORDER BY id DESC', row.id)
      .flatMap(({ public_jwk: text }) => {
        const jwk: unknown = JSON.parse(text)
        return isJsonObject(jwk) ? [jwk] : []
      })
  } finally {
    database.close()
  }
}

function newestRow({ database }: StoreContext, project: ProjectRow): Row | undefined {
  return database.get<Row>(
    'SELECT * FROM svid_keys WHERE project_id = ? ORDER BY id DESC LIMIT 1',
    project.id,
  )
}

function insertKey({ database, vault }: StoreContext, project: ProjectRow): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const kid = thumbprint(jwk)
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  database.run(
    'INSERT INTO svid_keys (project_id, kid, public_jwk, box) VALUES (?, ?, ?, ?)',
    project.id,
    kid,
    JSON.stringify({ ...jwk, kid, alg: 'ES256', use: 'sig' }),
    vault.seal(['svid_keys', project.name, kid], pem),
  )
  database.run(
    `DELETE FROM svid_keys WHERE project_id = ? AND id NOT IN
       (SELECT id FROM svid_keys WHERE project_id = ? ORDER BY id DESC LIMIT ?)`,
    project.id,
    project.id,
    keptKeys,
  )
  return kid
}

/** RFC 7638 */
function thumbprint({ crv, kty, x, y }: JsonWebKey): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
}

function isPrivateKey(pem: Secret): boolean {
  try {
    return createPrivateKey(pem.reveal()).asymmetricKeyType === 'ec'
  } catch {
    return false
  }
}

function noKey(
  project: string,
  why: string,
  hint = 'Make a new one with: mcpauth dev idp --rotate-keys',
): SnapshotProblem {
  const message = `The key that signs the JWT-SVIDs of project "${project}" cannot be used: ${why}.`
  return { message, hint }
}
