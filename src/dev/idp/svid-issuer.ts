// Where the keys of a project's JWT-SVIDs are published: below the development authorization server, an issuer for each project.
import type { JsonObject } from '../../core/json.ts'
import { readLastRun } from './last-run.ts'

/** Where `dev idp` listens unless it is told otherwise. */
const defaultIdp = 'http://127.0.0.1:9400'

/** The issuer of the project's JWT-SVIDs while the server of `home` runs. Throws DEV_IDP_FILE_INVALID. */
export async function currentSvidIssuer(home: string, project: string): Promise<string> {
  return svidIssuer((await readLastRun(home))?.issuer ?? defaultIdp, project)
}

export interface SvidDocument {
  readonly kind: 'metadata' | 'jwks'
  readonly project: string
}

const paths: readonly (readonly [RegExp, SvidDocument['kind']])[] = [
  [/^\/spiffe\/([a-z0-9-]+)\/\.well-known\/openid-configuration$/, 'metadata'],
  [/^\/\.well-known\/oauth-authorization-server\/spiffe\/([a-z0-9-]+)$/, 'metadata'],
  [/^\/spiffe\/([a-z0-9-]+)\/jwks$/, 'jwks'],
]

/** What a path of the development authorization server leads to, if it is about JWT-SVIDs. */
export function svidDocument(path: string): SvidDocument | undefined {
  for (const [pattern, kind] of paths) {
    const project = pattern.exec(path)?.[1]
    if (project !== undefined) return { kind, project }
  }
  return undefined
}

/** What OpenID Connect Discovery wants of an issuer; it has nothing but keys. */
export function svidMetadata(idp: string, project: string): JsonObject {
  const issuer = svidIssuer(idp, project)
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  }
}

function svidIssuer(idp: string, project: string): string {
  return `${idp}/spiffe/${project}`
}
