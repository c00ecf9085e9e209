// What rules say depends on where the manifests are meant to run, and on the project they are meant for.
import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'
import { parse } from 'yaml'

import { namedSchemas } from '../../../src/cli/shipped-schemas.ts'
import { isJsonObject } from '../../../src/core/json.ts'
import { componentTypes } from '../../../src/manifest/generated/component-types.ts'
import { fixText } from '../../../src/manifest/lint/fix.ts'
import { lintTexts } from '../../../src/manifest/lint/lint.ts'
import { extensionsOf, ownTypes } from '../../../src/manifest/lint/rules/mcpauth-extension.ts'
import { textFields } from '../../../src/manifest/lint/rules/number-for-text.ts'
import type { Target } from '../../../src/manifest/lint/rule.ts'
import { loadManifests } from '../../../src/manifest/load.ts'

test('the manifests of the guide are fine here, and have no error anywhere', async () => {
  expect(await found('fixtures/guide', 'mcpauth')).toEqual([])
  expect((await found('fixtures/guide', 'catalyst')).filter(isError)).toEqual([])
  const dapr = await found('fixtures/guide', 'dapr')
  expect(dapr.filter(isError)).toEqual([])
  expect(dapr.map(({ rule }) => rule)).toEqual([
    'accept-override',
    'headless-oauth2',
    'secret-store-missing',
  ])
})

test('middleware.http.oauth2 is a login in Dapr, which has a use for offline_access and a redirect', async () => {
  const rules = async (path: string, target: Target) =>
    (await found(`fixtures/manifests/lint/${path}/bad.yaml`, target)).filter(
      ({ rule }) => rule === path,
    ).length
  expect(await rules('offline-access', 'mcpauth')).toBe(3)
  expect(await rules('offline-access', 'dapr')).toBe(1)
  expect(await rules('unused-auth-url', 'dapr')).toBe(0)
})

test('for Dapr, an audience goes into the parameters of the token request', async () => {
  const file = 'fixtures/manifests/lint/missing-audience/bad.yaml'
  const [source] = (await load(file)).sources
  const text = (source?.text ?? '').replaceAll('http.oauth2', 'http.oauth2clientcredentials')
  const hints = (target: Target) =>
    lintTexts([{ file, text }], { target })
      .findings.filter(({ rule }) => rule === 'missing-audience')
      .map(({ hint }) => hint)
  expect(hints('mcpauth')[0]).toMatch(/^Add the setting audience /)
  expect(hints('dapr')).toEqual([
    'Add endpointParamsQuery: "audience=https%3A%2F%2Fmcp.example.com%2Fmcp".',
  ])
})

test('a policy for another namespace than the project is reported', () => {
  const text = configuration(`
  accessControl:
    defaultAction: deny
    policies:
      - { appId: one, namespace: my-project }
      - { appId: two, namespace: default }
`)
  const stored = { project: 'my-project', resources: [], diagnose: () => [] }
  const { findings } = lintTexts([{ file: 'a.yaml', text }], { target: 'mcpauth', stored })
  const messages = findings.filter(({ rule }) => rule === 'foreign-namespace')
  expect(messages.map(({ message }) => message)).toEqual([
    'The namespace "default" of the policy for "two" is not the project "my-project".',
  ])
})

test('Dapr hangs on a document over 64 KiB, not on a file', () => {
  const filler = (kib: number) => `#${'x'.repeat(1022)}\n`.repeat(kib)
  const endpoint = (name: string, kib: number) =>
    `apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata:\n  name: ${name}\n${filler(kib)}` +
    'spec:\n  baseUrl: https://example.com\n'
  const rules = (...documents: readonly string[]) =>
    lintTexts([{ file: 'a.yaml', text: documents.join('---\n') }], { target: 'dapr' }).findings.map(
      ({ rule, message }) => `${rule}: ${message}`,
    )
  expect(rules(endpoint('one', 40), endpoint('two', 40))).toEqual([])
  expect(rules('', endpoint('one', 40), endpoint('two', 65), endpoint('three', 1))).toEqual([
    'large-document: The document of HTTPEndpoint "two" has 66 KiB; Dapr hangs on more than 64.',
  ])
  expect(rules(configuration(`\n${filler(70)}  httpPipeline:\n    handlers: []\n`))).toEqual([])
})

test('every setting of a middleware is either one of Dapr’s or an extension', () => {
  const daprs = {
    'middleware.http.bearer': 'issuer audience jwksURL',
    'middleware.http.oauth2':
      'clientID clientSecret authURL tokenURL scopes redirectURL authHeaderName forceHTTPS pathFilter',
    'middleware.http.oauth2clientcredentials':
      'clientID clientSecret scopes tokenURL pathFilter headerName endpointParamsQuery authStyle',
    'middleware.http.opa': 'rego defaultStatus includedHeaders readBody',
    'middleware.http.ratelimit': 'maxRequestsPerSecond',
    'middleware.http.routeralias': 'routes',
    'middleware.http.routerchecker': 'rule',
    'middleware.http.uppercase': 'direction',
  }
  for (const [type, settings] of Object.entries(daprs)) {
    const extensions = [...(extensionsOf[type]?.keys() ?? [])]
    const ours = Object.keys(componentTypes[type]?.fields ?? {})
    expect([...settings.split(' '), ...extensions].toSorted()).toEqual(ours.toSorted())
  }
})

test('every middleware is either one of Dapr’s or a type of our own', () => {
  const daprs =
    'bearer oauth2 oauth2clientcredentials ratelimit routeralias routerchecker uppercase opa'
  const types = [...ownTypes, ...daprs.split(' ').map((name) => `middleware.http.${name}`)]
  const ours = Object.keys(componentTypes).filter((type) => type.startsWith('middleware.'))
  expect(ours.filter((type) => !types.includes(type))).toEqual([])
})

test('every number that is text in Dapr is known', () => {
  for (const [kind, resource] of Object.entries({
    Component: 'components',
    Configuration: 'configuration',
    HTTPEndpoint: 'httpendpoints',
  })) {
    const { spec } = parse(readFileSync(`test/support/dapr-crds/${resource}.yaml`, 'utf8')) as Crd
    const theirs = new Set(typedAs(spec.versions[0]?.schema.openAPIV3Schema, ['string']))
    const ours = typedAs(namedSchemas().get(kind), ['number', 'integer', 'boolean'])
    expect(theirs.size).toBeGreaterThan(5)
    expect(ours.filter((pointer) => theirs.has(pointer))).toEqual(textFields[kind] ?? [])
  }
})

test('a number is corrected to the text that it stands for', () => {
  const rates = { '1': '"1"', '0.50': '"0.50"', '0x1': '"1"', '1e0': '"1"', '.5': '"0.5"' }
  for (const [written, corrected] of Object.entries(rates)) {
    const text = configuration(`\n  tracing: {samplingRate: ${written}} # all\n`)
    const { findings } = lintTexts([{ file: 'a.yaml', text }], { target: 'dapr' })
    const fixes = findings.flatMap(({ fix = [] }) => fix)
    expect(findings.map(({ rule }) => rule)).toEqual(['number-for-text'])
    expect(fixText(text, fixes).text).toBe(text.replace(`: ${written}}`, `: ${corrected}}`))
  }
  const alias = configuration(
    '\n  workflow: {maxConcurrentWorkflowInvocations: &one 1}\n  tracing: {samplingRate: *one}\n',
  )
  const [finding] = lintTexts([{ file: 'a.yaml', text: alias }], { target: 'dapr' }).findings
  expect(finding).toMatchObject({ rule: 'number-for-text', hint: 'Write "1", with the quotes.' })
  expect(finding?.fix).toBeUndefined()
})

test('a value that may be a secret is not repeated', async () => {
  for (const rule of ['inline-secret', 'env-expansion']) {
    for (const target of ['mcpauth', 'dapr', 'catalyst'] as const) {
      const findings = await found(`fixtures/manifests/lint/${rule}/bad.yaml`, target)
      expect(JSON.stringify(findings)).not.toMatch(/s3cr3t|abc123/)
    }
  }
})

interface Crd {
  readonly spec: {
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: object } }[]
  }
}

/** Pointers of the members that a schema gives one of these types; `*` stands for the items of a list. */
function typedAs(root: unknown, types: readonly string[]): string[] {
  const definitions = isJsonObject(root) && isJsonObject(root['$defs']) ? root['$defs'] : {}
  const visit = (schema: unknown, pointer: string): string[] => {
    if (!isJsonObject(schema)) return []
    const { $ref, type, properties, items } = schema
    const target = typeof $ref === 'string' ? definitions[$ref.replace('#/$defs/', '')] : undefined
    const members = isJsonObject(properties) ? Object.entries(properties) : []
    return [
      ...(types.some((one) => [type].flat().includes(one)) ? [pointer] : []),
      ...visit(target, pointer),
      ...visit(items, `${pointer}/*`),
      ...members.flatMap(([name, member]) => visit(member, `${pointer}/${name}`)),
    ]
  }
  return visit(root, '')
}

function configuration(spec: string): string {
  return `apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata:\n  name: server\nspec:${spec}`
}

function isError({ severity }: { readonly severity: string }): boolean {
  return severity === 'error'
}

async function found(path: string, target: Target) {
  const loaded = await load(path)
  return lintTexts(loaded.sources, { target }, loaded.diagnostics).findings
}

function load(path: string) {
  return loadManifests([path], { stdin: async () => new Uint8Array() })
}
