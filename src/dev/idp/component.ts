// The manifests, and the command, that connect an app to the development authorization server.

export interface OAuth2ComponentOptions {
  /** Of the Component; `oauth2` unless given. */
  readonly name?: string
  readonly clientId: string
  readonly tokenUrl: string
  readonly scopes?: readonly string[]
  readonly audience?: string
  readonly secret?: SecretReference
}

export interface BearerComponentOptions {
  /** Of the Component; `bearer-validator` unless given. */
  readonly name?: string
  readonly issuer: string
  readonly jwksUrl: string
  readonly audience: string
}

export interface SecretReference {
  readonly name: string
  readonly key: string
}

/** The name and key that the guide's own manifest uses. */
export const defaultSecret: SecretReference = { name: 'oauth-secret', key: 'clientSecret' }

/** YAML of the Component that acquires tokens. It refers to the client secret and never holds it. */
export function oauth2Component(options: OAuth2ComponentOptions): string {
  const secret = options.secret ?? defaultSecret
  const scopes = options.scopes ?? []
  return component(options.name ?? 'oauth2', 'middleware.http.oauth2', [
    ...item('clientId', options.clientId),
    '    - name: clientSecret',
    '      secretKeyRef:',
    `        name: ${quoted(secret.name)}`,
    `        key: ${quoted(secret.key)}`,
    ...item('tokenURL', options.tokenUrl),
    ...(scopes.length === 0 ? [] : item('scopes', scopes.join(','))),
    ...(options.audience === undefined ? [] : item('audience', options.audience)),
  ])
}

/** YAML of the Component that accepts the tokens of this server. */
export function bearerComponent(options: BearerComponentOptions): string {
  return component(options.name ?? 'bearer-validator', 'middleware.http.bearer', [
    ...item('issuer', options.issuer),
    ...item('jwksURL', options.jwksUrl),
    ...item('audience', options.audience),
  ])
}

/**
 * The shell command that stores the client secret, from its file where it has one, so that it is in no argument list and
 * no history. `program` is how mcpauth is started.
 */
export function storeSecretCommand(
  program: string,
  secretFile: string | undefined,
  secret: SecretReference = defaultSecret,
): string {
  const command = `${program} secret set ${secret.name} ${secret.key}`
  return secretFile === undefined ? command : `${command} --from-file ${shellWord(secretFile)}`
}

function component(name: string, type: string, metadata: readonly string[]): string {
  const lines = [
    'apiVersion: dapr.io/v1alpha1',
    'kind: Component',
    'metadata:',
    `  name: ${quoted(name)}`,
    'spec:',
    `  type: ${type}`,
    '  version: v1',
    '  metadata:',
    ...metadata,
  ]
  return `${lines.join('\n')}\n`
}

function item(name: string, value: string): string[] {
  return [`    - name: ${name}`, `      value: ${quoted(value)}`]
}

/** A JSON string is a YAML double-quoted scalar (YAML 1.2 §1.3), whatever it holds. */
function quoted(value: string): string {
  return JSON.stringify(value)
}

/** `word` as a POSIX shell reads it unchanged. */
export function shellWord(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
