// `mcpauth export --target kubernetes`
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'

import type { JsonObject } from '../../../../src/core/json.ts'
import { textAt, valueAt } from '../../../../src/core/pointer.ts'
import { crdProblems } from '../../../support/dapr-crds.ts'
import { cli, type CliResult } from '../../../support/run-cli.ts'
import { temporaryFolder } from '../../../support/temp-home.ts'

const canary = 'canary-9f42'

interface Exported extends CliResult {
  readonly documents: readonly JsonObject[]
}

/** Applies the manifests, with the secrets they need, and exports them. */
async function exported(manifests: string, ...options: string[]): Promise<Exported> {
  const mcpauth = cli()
  for (const secret of ['oauth-secret clientSecret', 'App_Key:2 value:1', 'remote key']) {
    await mcpauth(`secret set ${secret}`, { stdin: canary })
  }
  const applied = await mcpauth('apply -f -', { stdin: manifests })
  expect(applied.exitCode, applied.stderr).toBe(0)
  const result = await mcpauth(['export', '--target', 'kubernetes', ...options])
  expect(result.exitCode, result.stderr).toBe(0)
  expect(result.stdout + result.stderr).not.toContain(canary)
  const documents = parseAllDocuments(result.stdout).map((one) => one.toJS() as JsonObject)
  expect(documents.flatMap((one) => crdProblems(one as { kind: string } & JsonObject))).toEqual([])
  return { ...result, documents }
}

function component(text: string, more = '', type = 'oauth2'): string {
  const items = text.split('\n').filter((line) => line !== '')
  return `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: {name: it, namespace: elsewhere, labels: {a: b}}
spec:
  type: middleware.http.${type}
  version: v1
  metadata:
${items.map((item) => `    - {${item}}\n`).join('')}${more}`
}

const client = `name: clientId, value: me
name: clientSecret, secretKeyRef: {name: oauth-secret, key: clientSecret}
name: tokenURL, value: "https://auth.example.com/token"
`

function configuration(spec: string): string {
  return `apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: {name: it}\nspec:\n${spec}`
}

function settings(document: JsonObject | undefined): Record<string, unknown> {
  const items = valueAt(document ?? {}, '/spec/metadata') as { name: string }[]
  return Object.fromEntries(items.map(({ name, ...source }) => [name, source]))
}

describe('for Kubernetes', () => {
  it('is checked against definitions that refuse what is missing or unknown', () => {
    const spec = { type: 'middleware.http.bearer', metadata: [{ nam: 'issuer' }] }
    expect(crdProblems({ kind: 'Component', spec } as { kind: string })).toEqual([
      "Component /spec must have required property 'version' ",
      "Component /spec/metadata/0 must have required property 'name' ",
      'Component /spec/metadata/0 must NOT have additional properties nam',
    ])
  })

  it("the guide's manifests become what Dapr honours", async () => {
    const guide = [
      'components/oauth2',
      'config/oauth2-client',
      'components/bearer',
      'config/bearer-server',
      'components/mcp-server-endpoint',
    ]
    const appId =
      'apiVersion: cra.diagrid.io/v1beta1\nkind: AppIdentity\nmetadata: {name: mcp-client}\nspec: {appConfig: oauth2-client-config, appPort: 8000}\n'
    const texts = guide.map((path) => readFileSync(`fixtures/guide/${path}.yaml`, 'utf8'))
    const { stdout, stderr } = await exported(
      [...texts, appId].join('\n---\n'),
      '--namespace',
      'prod',
    )
    await expect(stdout).toMatchFileSnapshot('guide.txt')
    await expect(stderr).toMatchFileSnapshot('guide.warnings.txt')
  })

  it('oauth2 becomes oauth2clientcredentials with what Dapr requires', async () => {
    const { documents } = await exported(
      component(`${client}name: scopes, value: "a, b c"
name: audience, value: mcp server
name: resource, value: "https://mcp.example.com/mcp"
name: endpointParamsQuery, value: "organization=acme"
name: grantType, value: client_credentials
name: authStyle, value: "2"
name: pathFilter, value: "^/v1.0/invoke/"
name: authHeaderName, value: X-Token`),
    )
    expect(textAt(documents[0] ?? {}, '/spec/type')).toBe('middleware.http.oauth2clientcredentials')
    expect(valueAt(documents[0] ?? {}, '/metadata')).toEqual({
      name: 'it',
      namespace: 'default',
      labels: { a: 'b' },
    })
    expect(settings(documents[0])).toEqual({
      clientID: { value: 'me' },
      clientSecret: { secretKeyRef: { name: 'oauth-secret', key: 'clientSecret' } },
      tokenURL: { value: 'https://auth.example.com/token' },
      scopes: { value: 'a,b,c' },
      endpointParamsQuery: {
        value: 'audience=mcp+server&resource=https%3A%2F%2Fmcp.example.com%2Fmcp&organization=acme',
      },
      authStyle: { value: '2' },
      pathFilter: { value: '^/v1.0/invoke/' },
      headerName: { value: 'X-Token' },
    })
  })

  it('what Dapr cannot do of a token handler is said', async () => {
    const { documents, stdout, stderr } = await exported(
      component(
        `${client.replace('https://auth.example.com', 'http://127.0.0.1:9400')}name: audience, envRef: AUDIENCE
name: defaultExpiresIn, value: "60"
name: redirectURL, value: "http://localhost/callback"`,
      ),
    )
    expect(Object.keys(settings(documents[0])).toSorted()).toEqual([
      'clientID',
      'clientSecret',
      'headerName',
      'tokenURL',
    ])
    for (const text of [
      'tokenURL leads to this machine',
      'scopes is missing',
      'audience cannot be put into endpointParamsQuery',
      'The environment variable AUDIENCE',
      'defaultExpiresIn is left out',
    ]) {
      expect(stderr).toContain(`warning: component/it: ${text}`)
      expect(stdout).toContain(`# NOTE: ${text}`)
    }
    expect(stdout).toContain('# redirectURL is left out')
  })

  it('the token of a user cannot be carried over, and that is said', async () => {
    const { documents, stderr } = await exported(
      component(`${client}name: grantType, value: authorization_code
name: authURL, value: "https://auth.example.com/authorize"
name: issuer, value: "https://auth.example.com"
name: subject, value: alice`),
    )
    expect(Object.keys(settings(documents[0]))).not.toContain('issuer')
    for (const text of [
      'grantType authorization_code cannot',
      'issuer is left',
      'subject is left',
    ]) {
      expect(stderr).toContain(`warning: component/it: ${text}`)
    }
  })

  it('a token for each caller cannot be carried over, and that is said', async () => {
    const { documents, stderr } = await exported(
      component(`${client}name: grantType, value: token_exchange
name: subjectTokenType, value: jwt
name: actorTokenFile, value: /run/actor`),
    )
    expect(Object.keys(settings(documents[0]))).not.toContain('actorTokenFile')
    expect(stderr).toContain('warning: component/it: grantType token_exchange cannot be carried')
    expect(stderr).toContain('warning: component/it: actorTokenFile is left out')
  })

  it('a client that authenticates with a key cannot be carried over, and that is said', async () => {
    const { documents, stderr } = await exported(
      component(`name: clientID, value: me
name: tokenURL, value: "https://auth.example.com/token"
name: scopes, value: a
name: clientAuthMethod, value: private_key_jwt
name: clientKey, envRef: CLIENT_KEY
name: clientKeyID, value: key-1
name: clientAssertionAudience, value: "https://auth.example.com"`),
    )
    expect(Object.keys(settings(documents[0])).toSorted()).toEqual([
      'clientID',
      'headerName',
      'scopes',
      'tokenURL',
    ])
    for (const text of [
      'clientAuthMethod is left out',
      'clientKey is',
      'clientSecret is missing',
    ]) {
      expect(stderr).toContain(`warning: component/it: ${text}`)
    }
  })

  it('bearer keeps what Dapr reads, and never fails open', async () => {
    const { documents, stderr } = await exported(
      component(
        `name: issuerURL, value: "https://auth.example.com"
name: audience, value: mcp-server
name: requireTyp, value: at+jwt
name: clockSkew, value: 10s
name: forwardToken, value: "false"
name: maxLifetime, value: 1h`,
        '  ignoreErrors: true\n',
        'bearer',
      ),
    )
    expect(settings(documents[0])).toEqual({
      issuer: { value: 'https://auth.example.com' },
      audience: { value: 'mcp-server' },
    })
    expect(valueAt(documents[0] ?? {}, '/spec/ignoreErrors')).toBeUndefined()
    expect(stderr.match(/^warning: .* is left out: .*$/gm)).toHaveLength(4)
  })

  it('secrets are references to Secrets that are described and not filled in', async () => {
    const inline = component(`name: clientId, value: me
name: clientSecret, value: ${canary}
name: tokenURL, value: "https://auth.example.com/token"
name: scopes, value: a`)
    const endpoint = `apiVersion: dapr.io/v1alpha1
kind: HTTPEndpoint
metadata: {name: remote}
spec:
  baseUrl: https://remote.example.com/base//
  headers:
    - {name: X-Key, secretKeyRef: {name: "App_Key:2", key: "value:1"}}
    - {name: Authorization, value: Bearer ${canary}}
  clientTLS: {rootCA: {envRef: MCP_CA}, certificate: {secretKeyRef: {name: remote, key: key}}, privateKey: {secretKeyRef: {name: remote, key: key}}}
`
    const app = `apiVersion: cra.diagrid.io/v1beta1\nkind: AppIdentity\nmetadata: {name: app}
spec: {appEndpoint: {url: "http://127.0.0.1:8000", token: ${canary}}}\n`
    const { documents, stdout } = await exported([inline, endpoint, app].join('---\n'))
    expect(settings(documents[0])['clientSecret']).toEqual({
      secretKeyRef: { name: 'it', key: 'clientSecret' },
    })
    const [, remote = {}] = documents
    expect(valueAt(remote, '/auth')).toEqual({ secretStore: 'kubernetes' })
    expect(valueAt(remote, '/spec/clientTLS/rootCA')).toEqual({})
    expect(stdout).toContain('clientTLS.rootCA is left out: Dapr reads none from a variable.')
    expect(textAt(remote, '/spec/baseUrl')).toBe('https://remote.example.com/base')
    const name = textAt(remote, '/spec/headers/0/secretKeyRef/name') ?? ''
    const key = textAt(remote, '/spec/headers/0/secretKeyRef/key') ?? ''
    expect(name).toMatch(/^app-key-2-[0-9a-f]{8}$/)
    expect(key).toMatch(/^value_1-[0-9a-f]{8}$/)
    expect(stdout).toContain(
      `create secret generic ${name} --namespace default --from-file=${key}=FILE`,
    )
    expect(stdout).toContain(
      'generic remote --namespace default --from-file=Authorization=FILE --from-file=key=FILE',
    )
    expect(stdout).toContain('generic app-app-token --namespace default --from-file=token=FILE')
    expect(stdout).toContain('#   dapr.io/app-token-secret: "app-app-token"\n')
    expect(stdout).toContain('#   dapr.io/app-port: "8000"\n')
  })

  it('names of secrets are those that Kubernetes takes, and stay apart', async () => {
    const header = (name: string): string =>
      `{name: X-${name}, secretKeyRef: {name: ${name}, key: key}}`
    const mcpauth = cli()
    const names = ['Up_Secret', 'up-secret', 'Up.Secret']
    for (const name of names) await mcpauth(`secret set ${name} key`, { stdin: canary })
    const endpoint = `apiVersion: dapr.io/v1alpha1
kind: HTTPEndpoint
metadata: {name: remote}
spec: {baseUrl: "https://remote.example.com", headers: [${names.map(header).join(', ')}]}
`
    expect(await mcpauth('apply -f -', { stdin: endpoint })).toMatchObject({ exitCode: 0 })
    const { stdout } = await mcpauth('export -t kubernetes')
    const created = [...stdout.matchAll(/secret generic (\S+)/g)].map(([, name]) => name)
    expect(created).toEqual([
      'up-secret',
      expect.stringMatching(/^up-secret-[0-9a-f]{8}$/),
      expect.stringMatching(/^up-secret-[0-9a-f]{8}$/),
    ])
    expect(new Set(created).size).toBe(3)
    for (const name of created) expect(stdout).toContain(`name: ${name}\n`)
  })

  it('a name that Kubernetes refuses is said and kept', async () => {
    const { documents, stdout, stderr } = await exported(
      component(
        'name: issuer, value: "https://auth.example.com"\nname: audience, value: a',
        '',
        'bearer',
      ).replace('{name: it,', '{name: Mixed_1,'),
    )
    expect(textAt(documents[0] ?? {}, '/metadata/name')).toBe('Mixed_1')
    expect(stderr).toContain('warning: component/Mixed_1: Kubernetes refuses the name "Mixed_1"')
    expect(stdout).toContain('# NOTE: Kubernetes refuses the name "Mixed_1"')
  })

  it('secrets of another store stay there', async () => {
    const store = `---\napiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: vault}
spec: {type: secretstores.hashicorp.vault, version: v1}\n`
    const { documents, stderr } = await exported(
      component(
        `${client.replace(/name: clientSecret.*/, `name: clientSecret, value: ${canary}`)}name: scopes, value: a`,
        'auth: {secretStore: vault}\n',
      ) + store,
    )
    expect(valueAt(documents[0] ?? {}, '/auth')).toEqual({ secretStore: 'vault' })
    expect(settings(documents[0])['clientSecret']).toEqual({})
    expect(stderr).toContain(
      'The secret at /spec/metadata[clientSecret]/value is left out: fill it in.',
    )
    expect(settings(documents[1])).toEqual({})
  })

  it('access control gets trust domain, namespace and methods', async () => {
    const { documents, stdout, stderr } = await exported(
      configuration(`  accessControl:
    policies:
      - appId: one
        operations:
          - {name: /mcp, httpVerb: [POST], action: allow}
          - {name: /admin, action: deny}
          - {name: /logs, httpVerb: [get], action: deny}
          - {name: /low, httpVerb: [get], action: allow}
          - {name: /mcp/secret, httpVerb: ['*'], action: deny}
      - {appId: two, trustDomain: theirs, namespace: default}
`),
      '-n',
      'prod',
    )
    expect(valueAt(documents[0] ?? {}, '/spec/accessControl')).toEqual({
      defaultAction: 'deny',
      trustDomain: 'public',
      policies: [
        {
          appId: 'one',
          trustDomain: 'public',
          namespace: 'prod',
          operations: [
            { name: '/mcp', httpVerb: ['POST'], action: 'allow' },
            { name: '/admin', httpVerb: ['*'], action: 'deny' },
            { name: '/logs', httpVerb: ['GET'], action: 'deny' },
            { name: '/low', httpVerb: ['get'], action: 'allow' },
            { name: '/mcp/secret', httpVerb: ['*'], action: 'deny' },
          ],
        },
        { appId: 'two', trustDomain: 'theirs', namespace: 'default' },
      ],
    })
    expect(stdout).toContain('# Operation /admin is written with httpVerb "*"')
    expect(stdout).toContain('# defaultAction is written as deny')
    expect(stderr).toContain(
      'Dapr lets one through at POST /mcp/secret, which operation /mcp/secret denies here.',
    )
    expect(stderr).toContain('The policy of two keeps its namespace "default"')
  })

  it('sections that the definitions of Dapr refuse are completed or left out', async () => {
    const { documents, stderr } = await exported(
      configuration(`  metric: {recordErrorCodes: true}
  metrics: {http: {excludeVerbs: true}}
  tracing:
    samplingRate: 1
    otel: {endpointAddress: "otel:4317", protocol: grpc, headers: [{name: api-key, value: ${canary}}]}
    zipkin: {}
  nameResolution: {component: mdns}
  mtls: {enabled: true}
  secrets: {scopes: [{storeName: kubernetes, defaultAccess: deny}]}
  features: [{name: HotReload, enabled: true}]
  logging: {apiLogging: {enabled: true}}
  components: {deny: [bindings.smtp]}
  api: {allowed: [{name: invoke, version: v1, protocol: http}]}
  workflow: {maxConcurrentActivityInvocations: 3}
  wasm: {strictSandbox: true}
`),
    )
    const spec = valueAt(documents[0] ?? {}, '/spec') as JsonObject
    expect(Object.keys(spec)).not.toContain('nameResolution')
    expect(Object.keys(spec)).not.toContain('mtls')
    expect(spec['metric']).toEqual({ enabled: true, recordErrorCodes: true })
    expect(valueAt(spec, '/tracing')).toEqual({
      samplingRate: '1',
      otel: {
        isSecure: true,
        endpointAddress: 'otel:4317',
        protocol: 'grpc',
        headers: [{ name: 'api-key' }],
      },
    })
    for (const text of [
      'nameResolution is left out: Dapr on Kubernetes needs configuration and version in it.',
      'mtls is left out',
      'tracing.zipkin is left out',
      'The secret at /spec/tracing/otel/headers/0/value is left out',
    ]) {
      expect(stderr).toContain(text)
    }
  })

  it('warns of handlers that Dapr would skip', async () => {
    const mcpauth = cli()
    const handlers = configuration(
      '  httpPipeline: {handlers: [{name: it, type: middleware.http.oauth2, version: v1}]}\n',
    )
    await mcpauth('secret set oauth-secret clientSecret', { stdin: canary })
    await mcpauth('apply -f -', { stdin: `${component(client)}---\n${handlers}` })
    const only = await mcpauth('export -t kubernetes -k configuration')
    expect(only.stderr).toBe('')
    expect(only.stdout).not.toContain('version: v1\n')
    await mcpauth('component delete it --force')
    const { stderr } = await mcpauth('export -t kubernetes')
    expect(stderr).toContain(
      'Handler "it" names no Component: Dapr skips it and lets requests through.',
    )
  })

  it('keeps the other kinds of Dapr and leaves out those of Catalyst', async () => {
    const { documents, stdout, stderr } = await exported(
      `apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: retries}
spec: {policies: {timeouts: {fast: 5s}}, targets: {apps: {a: {timeout: fast}}}}
---\napiVersion: cra.diagrid.io/v1beta1\nkind: KVStore\nmetadata: {name: kv}\nspec: {}\n`,
    )
    expect(documents.map((one) => one['kind'])).toEqual(['Resiliency'])
    expect(stdout).toContain('# NOTE: kvstore/kv is left out: Dapr has no KVStore.')
    expect(stderr).toContain('warning: kvstore/kv:')
  })

  it('writes MCP servers as Dapr takes them, without a secret', async () => {
    const { documents, stdout, stderr } = await exported(
      `apiVersion: dapr.io/v1alpha1\nkind: MCPServer\nmetadata: {name: github}
spec: {endpoint: {streamableHTTP: {url: "http://127.0.0.1:1/mcp", headers: [{name: X-Api-Key, value: ${canary}}]}}}
---\napiVersion: dapr.io/v1alpha1\nkind: MCPServer\nmetadata: {name: local}
spec: {endpoint: {stdio: {command: a}}}\n`,
    )
    const servers = documents.filter((one) => one['kind'] === 'MCPServer')
    expect(servers[0]).toMatchObject({
      spec: {
        endpoint: {
          streamableHTTP: {
            headers: [{ name: 'X-Api-Key', secretKeyRef: { name: 'github', key: 'X-Api-Key' } }],
            auth: { secretStore: 'kubernetes' },
          },
        },
      },
    })
    expect(stdout).not.toContain(canary)
    expect(stdout).not.toContain('***')
    expect(stderr).toContain('mcpserveraccesspolicy/github is left out')
    expect(stderr).toContain('nothing enforces who may use what')
    expect(stderr).toContain('url leads to this machine')
    expect(stderr).toContain('Dapr refuses stdio on Kubernetes.')
  })

  it('describes the pod of an App ID in full', async () => {
    const { stdout, stderr, documents } = await exported(`apiVersion: cra.diagrid.io/v1beta1
kind: AppIdentity
metadata: {name: app}
spec:
  protocol: http
  appEndpoint: {url: "https://app.example.com", tokenHeader: X-App-Token}
  healthCheck: {path: /up, probe: {enabled: true, intervalInSec: 3}}
`)
    expect(documents).toEqual([])
    expect(stdout).toBe(`# App ID app: annotate the template of its pod with
#   dapr.io/enabled: "true"
#   dapr.io/app-id: "app"
#   dapr.io/app-port: "PORT"
#   dapr.io/app-protocol: "http"
#   dapr.io/enable-app-health-check: "true"
#   dapr.io/app-health-check-path: "/up"
#   dapr.io/app-health-probe-interval: "3"
# PORT is where the application listens; without one, leave app-port out.
# NOTE: appEndpoint.url is left out: Dapr calls the application in the pod of its sidecar.
# NOTE: Dapr shows the application its token in dapr-api-token, not in X-App-Token.

`)
    expect(stderr.match(/^warning:/gm)).toHaveLength(2)
  })

  it.for([
    {
      spec: 'appEndpoint: {url: "https://localhost:8443", clientTimeoutSeconds: 5}',
      annotations: { port: '8443', protocol: 'https' },
      warnings: ['clientTimeoutSeconds is left out'],
    },
    {
      spec: 'protocol: http, appEndpoint: {url: "https://[::1]/base"}',
      annotations: { port: '443', protocol: 'https' },
      warnings: ['at 127.0.0.1, not at [::1]', 'without the path /base'],
    },
    {
      spec: 'appPort: 8443, appEndpoint: {url: "https://127.0.0.1:8443/"}',
      annotations: { port: '8443', protocol: 'https' },
      warnings: [],
    },
    {
      spec: 'appPort: 8000, appEndpoint: {url: "https://localhost:8443"}',
      annotations: { port: '8000' },
      warnings: ['appEndpoint.url is left out: appPort names another port'],
    },
    { spec: 'appEndpoint: {url: "http://localhost"}', annotations: { port: '80' }, warnings: [] },
  ])('says how the application is reached: $spec', async ({ spec, annotations, warnings }) => {
    const { stdout, stderr } = await exported(
      `apiVersion: cra.diagrid.io/v1beta1\nkind: AppIdentity\nmetadata: {name: app}\nspec: {${spec}}\n`,
    )
    const written = [...stdout.matchAll(/dapr\.io\/app-(port|protocol): "(.*)"/g)]
    expect(Object.fromEntries(written.map(([, name, value]) => [name, value]))).toEqual(annotations)
    expect(stderr.match(/^warning:/gm) ?? []).toHaveLength(warnings.length)
    for (const warning of warnings) {
      expect(stderr).toContain(warning)
      expect(stdout).toContain(warning)
    }
  })

  it.each([
    ['header: Authorization', 'Bearer '],
    ['header: Authorization, headerValuePrefix: ""', ''],
    ['header: X-Svid', undefined],
  ])('writes out what Dapr would not put before a JWT-SVID: %s', async (written, prefix) => {
    const { documents } = await exported(
      `apiVersion: dapr.io/v1alpha1\nkind: MCPServer\nmetadata: {name: it}\nspec: {endpoint: {streamableHTTP: {url: "https://a.example", auth: {spiffe: {jwt: {${written}, audience: a}}}}}}\n`,
    )
    const server = documents.find(({ kind }) => kind === 'MCPServer') ?? {}
    const jwt = '/spec/endpoint/streamableHTTP/auth/spiffe/jwt'
    expect(textAt(server, `${jwt}/headerValuePrefix`)).toBe(prefix)
  })

  it('takes a folder, and a namespace only for this target', async () => {
    const folder = temporaryFolder()
    const mcpauth = cli({ cwd: folder })
    await mcpauth('secret set oauth-secret clientSecret', { stdin: canary })
    await mcpauth('apply -f -', { stdin: component(client) })
    const { stdout } = await mcpauth('export -t kubernetes -d out')
    expect(stdout).toBe('out/secret-oauth-secret.yaml written\nout/component-it.yaml written\n')
    expect(readFileSync(join(folder, 'out', 'secret-oauth-secret.yaml'), 'utf8')).toMatch(
      /^# Secret oauth-secret: /,
    )
    const lost = await mcpauth('export --namespace prod')
    expect(lost.exitCode).toBe(2)
    expect(lost.stderr).toContain('--target kubernetes')
    const unfit = await mcpauth('export -t kubernetes --namespace Prod')
    expect(unfit.exitCode).toBe(2)
    expect(unfit.stderr).toContain('"Prod" cannot be a namespace.')
  })
})
