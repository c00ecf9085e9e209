// Rules about how resources refer to each other: what they say for which target, and of what they cannot know.
import { readdirSync, readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import type { Diagnostic } from '../../../src/core/diagnostic.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { fixText } from '../../../src/manifest/lint/fix.ts'
import { lintTexts } from '../../../src/manifest/lint/lint.ts'
import type { KnownResource } from '../../../src/manifest/lint/lint-set.ts'
import type { Target } from '../../../src/manifest/lint/rule.ts'

interface Options {
  readonly target?: Target
  /** Manifests of the project that is looked at. */
  readonly stored?: readonly JsonObject[]
}

function lint(documents: readonly (JsonObject | string)[], options: Options = {}): string[] {
  return findingsOf(documents, options).map(({ severity, rule }) => `${severity} ${rule}`)
}

function findingsOf(
  documents: readonly (JsonObject | string)[],
  { target = 'mcpauth', stored }: Options = {},
): readonly Diagnostic[] {
  const text = documents
    .map((document) => (typeof document === 'string' ? document : JSON.stringify(document)))
    .join('\n---\n')
  const project =
    stored === undefined
      ? {}
      : { stored: { project: 'default', resources: stored.map(known), diagnose: () => [] } }
  return lintTexts([{ file: 'all.yaml', text }], { target, ...project }).findings
}

function known(manifest: JsonObject): KnownResource {
  const { kind, metadata } = manifest as { kind: string; metadata: { name: string } }
  return { kind, name: metadata.name, manifest }
}

type Handlers = readonly (readonly [name: string, type: string])[]

function configuration(
  name: string,
  pipelines: { readonly httpPipeline?: Handlers; readonly appHttpPipeline?: Handlers },
): JsonObject {
  const spec = Object.fromEntries(
    Object.entries(pipelines).map(([pipeline, handlers]) => [
      pipeline,
      {
        handlers: handlers.map(([handler, type]) => ({
          name: handler,
          type: `middleware.http.${type}`,
        })),
      },
    ]),
  )
  return { apiVersion: 'dapr.io/v1alpha1', kind: 'Configuration', metadata: { name }, spec }
}

function component(
  name: string,
  type: string,
  { settings = {}, ...rest }: JsonObject & { readonly settings?: Record<string, string> } = {},
): JsonObject {
  const all = { ...required[type], ...settings }
  const metadata = Object.entries(all).map(([key, value]) => ({ name: key, value }))
  return {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: { name },
    spec: { type, version: 'v1', metadata },
    ...rest,
  }
}

const bearer = 'middleware.http.bearer'
const oauth2 = 'middleware.http.oauth2'
const clientCredentials = 'middleware.http.oauth2clientcredentials'
const client = { clientID: 'c', clientSecret: 's', tokenURL: 'https://auth.example.com/token' }

const required: Readonly<Record<string, Record<string, string>>> = {
  [bearer]: { issuer: 'https://auth.example.com', audience: 'https://mcp.example.com' },
  [oauth2]: client,
  [clientCredentials]: { ...client, headerName: 'Authorization', scopes: 'mcp:read' },
  'secretstores.local.env': { prefix: 'MCP_' },
}

function appIdentity(name: string, appConfig?: string): JsonObject {
  return {
    apiVersion: 'cra.diagrid.io/v1beta1',
    kind: 'AppIdentity',
    metadata: { name },
    ...(appConfig === undefined ? {} : { spec: { appConfig } }),
  }
}

function endpoint(name: string, rest: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'HTTPEndpoint',
    metadata: { name },
    spec: { baseUrl: 'https://mcp.example.com' },
    ...rest,
  }
}

const server = configuration('server', { appHttpPipeline: [['check', 'bearer']] })
const check = component('check', bearer)
const unreadable = 'kind: ['

test('the guide is as it should be', () => {
  const root = 'fixtures/guide'
  const texts = ['components', 'config'].flatMap((folder) =>
    readdirSync(`${root}/${folder}`).map((file) => ({
      file,
      text: readFileSync(`${root}/${folder}/${file}`, 'utf8'),
    })),
  )
  expect(lintTexts(texts, { target: 'mcpauth' }).findings).toEqual([])
  const findings = lintTexts(texts, { target: 'catalyst' }).findings
  expect(findings.map(({ rule }) => rule)).toContain('accept-override')
})

describe('what is not known is not said', () => {
  test.each<[string, (JsonObject | string)[]]>([
    ['unknown-configuration', [appIdentity('app', 'server')]],
    ['unknown-secret-store', [component('check', bearer, { auth: { secretStore: 'env' } })]],
    ['unused-component', [server, check, component('spare', bearer)]],
    ['unattached-configuration', [server, check, appIdentity('app')]],
  ])('%s beside a document that cannot be read', (rule, documents) => {
    const rules = (all: readonly (JsonObject | string)[]) => findingsOf(all).map((one) => one.rule)
    expect(rules(documents)).toContain(rule)
    expect(rules([...documents, unreadable])).not.toContain(rule)
  })

  test('who runs a Configuration whose App ID cannot be read', () => {
    const scoped = component('check', bearer, { scopes: ['other'] })
    const stored = [appIdentity('app', 'server')]
    const broken = JSON.stringify({ ...appIdentity('app'), spec: 1 })
    expect(lint([server, scoped], { stored })).toEqual(['error handler-out-of-scope'])
    expect(lint([server, scoped, broken], { stored })).toEqual(['error type'])
  })

  test('what App IDs of other kinds run', () => {
    const agent = { apiVersion: 'cra.diagrid.io/v1', kind: 'Agent', metadata: { name: 'agent' } }
    expect(lint([server, check, appIdentity('app'), agent])).toEqual(['warning not-run'])
  })

  test('whether a Component is used, without a Configuration or an App ID', () => {
    expect(lint([check])).toEqual([])
    expect(lint([check, appIdentity('app')])).toEqual(['warning unused-component'])
  })
})

test('an empty appConfig names no Configuration', () => {
  const short = configuration('s', { appHttpPipeline: [['check', 'bearer']] })
  expect(lint([short, check, appIdentity('app', '')])).toEqual(['warning unattached-configuration'])
})

describe('one mistake is said once', () => {
  test('a misspelt Component or Configuration is not unused as well', () => {
    const handler = configuration('server', { appHttpPipeline: [['chek', 'bearer']] })
    expect(lint([handler, check])).toEqual(['error unknown-component'])
    const misspelt = appIdentity('app', 'servr')
    expect(lint([server, check, misspelt])).toEqual(['error unknown-configuration'])
  })

  test('the order of handlers of the wrong type is not judged', () => {
    const handlers = [['check', 'oauth2']] as const
    const wrong = configuration('server', { appHttpPipeline: handlers })
    expect(lint([wrong, check])).toEqual(['error handler-type-mismatch'])
  })
})

describe('with a stored project', () => {
  test('what is stored there is found', () => {
    const store = component('env', 'secretstores.local.env')
    const user = component('check', bearer, { auth: { secretStore: 'env' } })
    const stored = [server, check, store]
    expect(lint([appIdentity('app', 'server'), user], { stored })).toEqual([])
    expect(lint([appIdentity('app', 'sever')], { stored })).toEqual(['error unknown-configuration'])
    const [finding] = findingsOf([appIdentity('app', 'other')], { stored })
    expect(finding).toMatchObject({
      message: 'There is no Configuration "other" in these manifests or project "default".',
      hint: 'Apply the Configuration "other".',
    })
  })

  test('the store kubernetes is an error, because applying it there is refused', () => {
    const user = component('check', bearer, { auth: { secretStore: 'kubernetes' } })
    const stored = [server, appIdentity('app', 'server')]
    expect(lint([user], { stored })).toEqual(['error unknown-secret-store'])
  })

  test('an App ID is shadowed by an HTTPEndpoint that is stored', () => {
    expect(lint([appIdentity('mcp')], { stored: [endpoint('mcp')] })).toEqual([
      'warning endpoint-shadows-app-id',
    ])
  })
})

describe('by target', () => {
  const forTargets = (documents: readonly JsonObject[]) =>
    (['mcpauth', 'dapr', 'catalyst'] as const).map((target) => lint(documents, { target }))

  test('the store kubernetes is built in on Kubernetes', () => {
    const user = component('check', bearer, { auth: { secretStore: 'kubernetes' } })
    expect(forTargets([user])).toEqual([['warning unknown-secret-store'], [], []])
  })

  test('a dotted name is an error where it cannot be called', () => {
    const error = ['error dotted-name']
    expect(forTargets([endpoint('mcp.github')])).toEqual([['warning dotted-name'], error, error])
  })

  test('a token setter in appHttpPipeline may be meant for HTTPEndpoints in Dapr', () => {
    const pipelines = { appHttpPipeline: [['get', 'oauth2clientcredentials']] } as const
    const inbound = configuration('client', pipelines)
    const warning = ['warning oauth2-inbound']
    const open = component('get', clientCredentials)
    const inPipeline = (documents: Parameters<typeof forTargets>[0]) =>
      forTargets(documents).map((found) => found.filter((rule) => rule.endsWith('inbound')))
    expect(inPipeline([inbound, open])).toEqual([warning, warning, warning])
    const filtered = component('get', clientCredentials, { settings: { pathFilter: '^/mcp' } })
    expect(inPipeline([inbound, filtered])).toEqual([warning, [], []])
  })

  test('a token before the check lets callers without one pass, unless Dapr asks them to log in', () => {
    const rules = (
      type: 'oauth2' | 'oauth2clientcredentials',
      settings?: Record<string, string>,
    ) => {
      const handlers = [
        ['get', type],
        ['check', 'bearer'],
      ] as const
      const documents = [
        configuration('server', { httpPipeline: handlers }),
        check,
        component('get', `middleware.http.${type}`, settings === undefined ? {} : { settings }),
      ]
      return forTargets(documents).map((found) => found.includes('warning token-before-check'))
    }
    expect(rules('oauth2')).toEqual([true, false, false])
    expect(rules('oauth2clientcredentials')).toEqual([true, true, true])
    expect(rules('oauth2clientcredentials', { headerName: 'X-Token' })).toEqual([
      false,
      false,
      false,
    ])
  })

  test('a bearer stands in the way of calls to HTTPEndpoints in Dapr only', () => {
    const documents = [server, check, appIdentity('app', 'server')]
    const warning = ['warning bearer-on-caller']
    const ofCatalyst = 'warning catalyst-only'
    const scoped = endpoint('mcp', { scopes: ['app'] })
    expect(forTargets([...documents, scoped])).toEqual([[], [...warning, ofCatalyst], warning])
    expect(forTargets([...documents, endpoint('mcp')])).toEqual([[], [ofCatalyst], []])
  })
})

describe('folders that do not belong together', () => {
  const folders = (...all: (readonly JsonObject[])[]) =>
    all.map((documents, index) => ({
      file: `${index}/all.yaml`,
      text: documents.map((document) => JSON.stringify(document)).join('\n---\n'),
    }))
  const rulesOf = (...all: (readonly JsonObject[])[]) =>
    lintTexts(folders(...all), { target: 'mcpauth' }).findings.map(({ rule }) => rule)

  test('nothing is said of what differs between them', () => {
    const scoped = component('check', bearer, { scopes: ['other'] })
    const app = appIdentity('app', 'server')
    expect(rulesOf([server, scoped, app])).toContain('handler-out-of-scope')
    expect(rulesOf([server, scoped, app], [check])).toEqual(['duplicate-name'])
    expect(rulesOf([server, scoped, app], [scoped])).toContain('handler-out-of-scope')
    expect(rulesOf([server, scoped, app], [appIdentity('app')])).toEqual(['duplicate-name'])
  })

  test('what one of them uses is used', () => {
    const other = configuration('other', { appHttpPipeline: [['check', 'bearer']] })
    const first = [server, check, appIdentity('app', 'server')]
    expect(rulesOf(first, [other, appIdentity('app', 'other')])).toEqual(['duplicate-name'])
  })
})

test('a handler out of scope for several App IDs is one finding', () => {
  const scoped = component('check', bearer, { scopes: ['a'] })
  const apps = ['a', 'b', 'c'].map((name) => appIdentity(name, 'server'))
  const findings = findingsOf([server, scoped, ...apps])
  expect(findings.map(({ message }) => message)).toEqual([
    'Handler "check" of Configuration "server" is not in scope for App IDs "b", "c".',
  ])
})

test('older spellings are corrected, case and quotes are left alone', () => {
  const text = readFileSync('fixtures/manifests/lint/deprecated-spelling/bad.yaml', 'utf8')
  const { findings } = lintTexts([{ file: 'bad.yaml', text }], { target: 'mcpauth' })
  const { text: fixed } = fixText(
    text,
    findings.flatMap(({ fix }) => (fix === undefined ? [] : [fix])),
  )
  expect(fixed).toBe(
    text
      .replace('kind: AppID', 'kind: AppIdentity')
      .replace('name: clientID', 'name: audience')
      .replace('"issuerUrl"', '"issuer"'),
  )
  expect(lintTexts([{ file: 'bad.yaml', text: fixed }], { target: 'mcpauth' }).findings).toEqual([])
})
