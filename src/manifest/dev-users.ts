// The users of the development authorization server: text → who can sign in, or all that is wrong with it.
import type { DevUsers } from '../core/generated/types.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import { isJsonObject, type Json } from '../core/json.ts'
import { joinPointer } from '../core/pointer.ts'
import type { Finding } from './finding.ts'
import type { LoadOptions } from './load.ts'
import { readDocument, type DocumentForm } from './own-document.ts'

export interface ReadDevUsers {
  /** At least one; absent when a diagnostic is an error. */
  readonly users?: DevUsers['users']
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: ReadonlyMap<string, string>
}

const rule = 'dev-users'

const form: DocumentForm = {
  schema: 'DevUsers',
  noun: 'file of users',
  rule,
  start: 'version: 1 and users',
  manifestHint: 'Pass it to mcpauth apply, and the users to mcpauth dev idp --users.',
  check,
}

/** What the server itself says in a token (RFC 7519, RFC 9068, OpenID Connect Core). */
const reserved = new Set(
  'iss sub aud exp nbf iat jti client_id scope cnf act azp nonce auth_time acr amr sid at_hash c_hash s_hash'.split(
    ' ',
  ),
)

/** Reads one file; `-` is standard input. What is wrong with it is a diagnostic, never thrown. */
export async function readDevUsers(path: string, options: LoadOptions): Promise<ReadDevUsers> {
  const { value, diagnostics, sources } = await readDocument(path, options, form)
  if (value === undefined) return { diagnostics, sources }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of this type was checked
  const { users } = value as unknown as DevUsers
  return { users, diagnostics, sources }
}

function check(value: Json): Finding[] {
  const users = isJsonObject(value) ? value['users'] : undefined
  if (!Array.isArray(users)) return []
  const seen = new Set<string>()
  return users.flatMap((user: Json, index) => {
    if (!isJsonObject(user)) return []
    const pointer = `/users/${index}`
    const findings = [
      ...reservedIn(user['claims'], `${pointer}/claims`),
      ...reservedIn(user['accessTokenClaims'], `${pointer}/accessTokenClaims`),
    ]
    const { sub } = user
    if (typeof sub !== 'string') return findings
    if (seen.has(sub)) {
      const message = `There are two users "${sub}".`
      findings.push({ rule, pointer: `${pointer}/sub`, message, hint: 'Remove one of them.' })
    }
    seen.add(sub)
    return findings
  })
}

function reservedIn(claims: Json | undefined, pointer: string): Finding[] {
  if (!isJsonObject(claims)) return []
  const names = Object.keys(claims).filter((name) => reserved.has(name))
  return names.map((name) => ({
    rule,
    pointer: joinPointer(pointer, name),
    message: `The server itself says "${name}" in its tokens.`,
    hint: name === 'sub' ? 'Write it beside claims, as sub of the user.' : 'Remove it.',
  }))
}
