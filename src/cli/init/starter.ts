// The manifests of a starter, as text with comments: what the guide has, with the values that were asked for.

export const sides = ['client', 'server', 'both'] as const
export type Side = (typeof sides)[number]

export interface StarterValues {
  readonly issuer: string
  readonly tokenUrl: string
  readonly clientId: string
  readonly audience: string
  readonly serverUrl: string
}

export interface StarterFile {
  /** Below the folder of the starter, with forward slashes. */
  readonly path: string
  readonly text: string
}

export function starterFiles(side: Side, values: StarterValues): readonly StarterFile[] {
  return [
    ...(side === 'client' ? [] : serverFiles(values)),
    ...(side === 'server' ? [] : clientFiles(values)),
  ]
}

function serverFiles({ issuer, audience }: StarterValues): StarterFile[] {
  return [
    {
      path: 'components/bearer.yaml',
      text: `# Lets in only callers with an access token of this issuer for this audience; everybody else gets a 401.
# Every setting: mcpauth schema middleware.http.bearer
apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: bearer-validator
spec:
  type: middleware.http.bearer
  version: v1
  metadata:
    # Compared exactly with "iss" of the token. The signing keys are found through it.
    - name: issuer
      value: ${quoted(issuer)}
    # Must be in "aud" of the token.
    - name: audience
      value: ${quoted(audience)}
    # Only needed when the issuer has no discovery document.
    # - name: jwksURL
    #   value: "https://auth.example.com/.well-known/jwks.json"
`,
    },
    {
      path: 'config/bearer-server.yaml',
      text: `# What the sidecar of the server does with requests before they reach the server.
apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: bearer-server-config
spec:
  appHttpPipeline:
    handlers:
      - name: bearer-validator
        type: middleware.http.bearer
`,
    },
  ]
}

function clientFiles({ tokenUrl, clientId, audience, serverUrl }: StarterValues): StarterFile[] {
  return [
    {
      path: 'components/mcp-server-endpoint.yaml',
      text: `# The server, by the name that the client calls: $DAPR_HTTP_ENDPOINT/v1.0/invoke/mcp-server/method/mcp
apiVersion: dapr.io/v1alpha1
kind: HTTPEndpoint
metadata:
  name: mcp-server
spec:
  # Without the path: the rest of the call's URL is appended.
  baseUrl: ${quoted(serverUrl)}
`,
    },
    {
      path: 'components/oauth2.yaml',
      text: `# Acquires an access token with the client credentials grant, and attaches it to every request of the client.
# Every setting: mcpauth schema middleware.http.oauth2
apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: oauth2
spec:
  type: middleware.http.oauth2
  version: v1
  metadata:
    - name: clientID
      value: ${quoted(clientId)}
    # The secret itself is in no file: mcpauth secret set oauth-secret clientSecret
    - name: clientSecret
      secretKeyRef:
        name: oauth-secret
        key: clientSecret
    - name: tokenURL
      value: ${quoted(tokenUrl)}
    # Whom the token is for. Remove it when the authorization server does not know this parameter.
    - name: audience
      value: ${quoted(audience)}
    # - name: scopes
    #   value: "mcp:read,mcp:write"
`,
    },
    {
      path: 'config/oauth2-client.yaml',
      text: `# What the sidecar of the client does with requests before they leave.
apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: oauth2-client-config
spec:
  httpPipeline:
    handlers:
      - name: oauth2
        type: middleware.http.oauth2
`,
    },
  ]
}

/** A JSON string is a YAML double-quoted scalar (YAML 1.2 §1.3), whatever it holds. */
function quoted(value: string): string {
  return JSON.stringify(value)
}
