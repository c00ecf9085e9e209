// Components as daprd takes them: our headless oauth2 is its oauth2clientcredentials; settings it does not know are left out.
import { isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import { textAt, valueAt } from '../../../core/pointer.ts'
import type { PortableResource } from '../../../control-plane/resources.ts'
import { ownTypes } from '../../../manifest/lint/rules/mcpauth-extension.ts'
import type { Notes } from './notes.ts'
import { withKubernetesSecrets, type Scene } from './references.ts'

/** The type under which daprd has what a type does here. */
export function kubernetesType(type: string): string {
  return type === 'middleware.http.oauth2' ? clientCredentials : type
}

const clientCredentials = 'middleware.http.oauth2clientcredentials'

export function kubernetesComponent(resource: PortableResource, scene: Scene): JsonObject {
  const manifest = withKubernetesSecrets(resource, scene)
  const { notes } = scene
  const stored = textAt(manifest, '/spec/type') ?? ''
  const type = kubernetesType(stored)
  const settings = settingsOf(manifest)
  for (const name of ['issuer', 'jwksURL', 'tokenURL']) {
    notes.warnOfLoopback(name, literal(settings, name))
  }
  const spec = isJsonObject(manifest['spec']) ? manifest['spec'] : {}
  return {
    ...manifest,
    spec: {
      ...withoutIgnoreErrors(spec, type, notes),
      type,
      metadata: itemsOf(converted(stored, settings, notes)),
    },
  }
}

/** By name; each without it. */
type Settings = ReadonlyMap<string, JsonObject>

function settingsOf(manifest: JsonObject): Map<string, JsonObject> {
  const items = valueAt(manifest, '/spec/metadata')
  const list = Array.isArray(items) ? (items as readonly Json[]) : []
  return new Map(
    list
      .filter(isJsonObject)
      .map(({ name, ...rest }) => [typeof name === 'string' ? name : '', rest]),
  )
}

function itemsOf(settings: Settings): Json {
  return [...settings].map(([name, source]) => ({ name, ...source }))
}

function literal(settings: Settings, name: string): string {
  return textAt(settings.get(name) ?? {}, '/value') ?? ''
}

function converted(type: string, settings: Settings, notes: Notes): Settings {
  if (kubernetesType(type) === clientCredentials) return tokenSettings(settings, notes)
  if (type === 'middleware.http.bearer') return bearerSettings(settings, notes)
  if (ownTypes.has(type)) {
    notes.warn(
      `Dapr has no ${type}, and daprd does not start with it: leave it out, and its handler.`,
    )
  }
  if (type.startsWith('secretstores.local.')) {
    notes.warn(`${type} reads what is in the pod: provide it there, or use another secret store.`)
  }
  return settings
}

/** A component that fails to start is skipped by Dapr with `ignoreErrors`, and requests go on without it. */
function withoutIgnoreErrors(spec: JsonObject, type: string, notes: Notes): JsonObject {
  const { ignoreErrors, ...rest } = spec
  if (ignoreErrors !== true || !type.startsWith('middleware.http.')) return spec
  notes.remark('ignoreErrors is left out, as it has no effect here: with it Dapr would fail open.')
  return rest
}

/** What the bearer of components-contrib does not read (middleware/http/bearer/metadata.go). */
const bearerExtensions: Readonly<Record<string, string>> = {
  scopes: 'Dapr tells no client what to ask for',
  requiredScopes: 'Dapr lets tokens of every scope through',
  scopeHierarchy: 'Dapr does not check scopes',
  toolScopes: 'Dapr reads no MCP message, and lets tokens of every scope through',
  issuers: 'Dapr takes tokens of issuer alone',
  audiences: 'Dapr takes tokens for audience alone',
  requiredClaims: 'Dapr lets tokens with any claims through',
  claimHeaders: 'Dapr sets no headers, and lets those of a caller through',
  introspectionURL: 'Dapr refuses tokens that are no JWT',
  introspectionClientID: 'Dapr introspects no tokens',
  introspectionClientSecret: 'Dapr introspects no tokens',
  introspectionCache: 'Dapr introspects no tokens',
  dpop: 'Dapr lets tokens that are bound to a key through without a proof',
  dpopNonce: 'Dapr checks no proofs',
  clockSkew: 'Dapr tolerates 5m',
  requireTyp: 'Dapr lets tokens of every typ through',
  forwardToken: 'Dapr always forwards the token to the application',
  maxLifetime: 'Dapr takes tokens of any lifetime',
}

function bearerSettings(settings: Settings, notes: Notes): Settings {
  const result = new Map(settings)
  for (const [name, consequence] of Object.entries(bearerExtensions)) {
    if (result.delete(name)) notes.warn(`${name} is left out: ${consequence}.`)
  }
  notes.remark(
    'Dapr answers 401 without a challenge, so that MCP clients cannot find out where to log in.',
  )
  return result
}

const ofBrowserLogin = ['authURL', 'redirectURL', 'forceHTTPS']

/** Settings of middleware.http.oauth2 that are ours alone, and that have no counterpart. */
const unknownToDapr = [
  'issuer',
  'subject',
  'clientMetadataURL',
  'clientAuthMethod',
  'clientKey',
  'clientKeyID',
  'clientAssertionAudience',
  'clientCertificate',
  'clientCertificateKey',
  'subjectToken',
  'subjectTokenFile',
  'subjectTokenType',
  'actorToken',
  'actorTokenFile',
  'actorTokenType',
  'requestedTokenType',
  'assertion',
  'assertionFile',
  'assertionKey',
  'assertionKeyID',
  'assertionIssuer',
  'assertionSubject',
  'assertionAudience',
  'idpTokenURL',
  'idpClientID',
  'idpClientSecret',
  'dpop',
  'dpopKey',
]

/** components-contrib middleware/http/oauth2clientcredentials: headerName and scopes are required. */
function tokenSettings(settings: Settings, notes: Notes): Settings {
  warnOfGrant(literal(settings, 'grantType'), notes)
  const { grantType: _, authHeaderName, ...rest } = Object.fromEntries(settings)
  const result = new Map(Object.entries(rest))
  for (const name of ofBrowserLogin) {
    if (result.delete(name)) notes.remark(`${name} is left out: this grant does not use it.`)
  }
  if (!settings.has('tokenURL')) {
    notes.warn('tokenURL is missing: Dapr finds no authorization server by itself. Add it.')
  }
  for (const name of unknownToDapr) {
    if (result.delete(name)) notes.warn(`${name} is left out: Dapr does not know it.`)
  }
  if (isEmpty(result.get('clientSecret'))) {
    notes.warn('clientSecret is missing, without which Dapr does not start this Component: add it.')
  }
  if (result.delete('defaultExpiresIn')) {
    notes.warn(
      'defaultExpiresIn is left out: Dapr keeps a token whose lifetime it is not told for ever.',
    )
  }
  const header = result.get('headerName') ?? authHeaderName
  result.set('headerName', isEmpty(header) ? { value: 'Authorization' } : header)
  convertScopes(result, notes)
  convertTargets(result, notes)
  notes.warn(
    'When no token can be had, Dapr answers 200 with an empty body; here that is an error.',
  )
  notes.remark(
    'Dapr adds the token to an Authorization header of the caller; here it replaces that.',
  )
  return result
}

function warnOfGrant(grant: string, notes: Notes): void {
  if (grant === 'authorization_code') {
    notes.warn(
      'grantType authorization_code cannot be carried over: Dapr has no login whose token a client without a browser ' +
        'could use. There the client gets a token of its own with the client credentials grant instead.',
    )
  } else if (grant !== '' && grant !== 'client_credentials') {
    notes.warn(
      `grantType ${grant} cannot be carried over: there the client gets a token of its own with the client credentials ` +
        'grant instead, which is the same for all callers.',
    )
  }
}

function isEmpty(source: JsonObject | undefined): source is undefined {
  return source === undefined || source['value'] === ''
}

/** Dapr splits at commas only. */
function convertScopes(result: Map<string, JsonObject>, notes: Notes): void {
  const source = result.get('scopes')
  const text = literal(result, 'scopes')
  if (isEmpty(source) || (text !== '' && text.trim() === '')) {
    result.delete('scopes')
    notes.warn('scopes is missing, without which Dapr does not start this Component: add it.')
  } else if (text !== '') {
    result.set('scopes', {
      value: text
        .split(/[\s,]+/)
        .filter(Boolean)
        .join(','),
    })
  }
}

/** `audience` and `resource` are settings here, and parameters of the token request there. */
function convertTargets(result: Map<string, JsonObject>, notes: Notes): void {
  const targets = ['audience', 'resource'].filter((name) => result.has(name))
  if (targets.length === 0) return
  const names = [...targets, 'endpointParamsQuery'].filter((name) => result.has(name))
  const fromElsewhere = names.filter(
    (name) => valueAt(result.get(name) ?? {}, '/value') === undefined,
  )
  const own = new URLSearchParams(literal(result, 'endpointParamsQuery'))
  const values = targets.map((name): [string, string] => [name, literal(result, name).trim()])
  for (const name of targets) result.delete(name)
  if (fromElsewhere.length > 0) {
    notes.warn(
      `${targets.join(' and ')} cannot be put into endpointParamsQuery, as Dapr needs it: ` +
        `the value of ${fromElsewhere.join(' and ')} is not in the manifest.`,
    )
    return
  }
  const given = values.filter(([, value]) => value !== '')
  const query = new URLSearchParams([...given, ...own]).toString()
  if (query !== '') result.set('endpointParamsQuery', { value: query })
}
