// Applying batches: idempotent, all or nothing, diffs that hide secrets, and the store against a model.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Resource } from '../../src/core/resource.ts'
import { appIdentity, component, configuration, endpoint, open, temporaryHome } from './builders.ts'

const guide = [
  component('bearer', { metadata: [{ name: 'audience', value: 'mcp-server' }] }),
  configuration('server-config', { bearer: {} }),
  endpoint('mcp-server'),
  appIdentity('mcp-server', { appConfig: 'server-config' }),
]

describe('apply', () => {
  test('creates, leaves alone, and configures', () => {
    const plane = open(temporaryHome())
    const first = plane.apply('default', guide)
    expect(first.diagnostics).toEqual([])
    expect(first.steps.map((step) => step.action)).toEqual(Array(4).fill('created'))
    expect(first.revision).toBe(1)

    const second = plane.apply('default', guide)
    expect(second.steps.map((step) => step.action)).toEqual(Array(4).fill('unchanged'))
    expect(second.revision).toBe(1)

    const changed = component('bearer', { metadata: [{ name: 'audience', value: 'other' }] })
    const third = plane.apply('default', [changed])
    expect(third.revision).toBe(2)
    expect(third.steps).toMatchObject([
      {
        action: 'configured',
        changes: [
          { pointer: '/spec/metadata[audience]/value', before: 'mcp-server', after: 'other' },
        ],
      },
    ])
    expect(plane.resources.list('default')).toHaveLength(4)
  })

  test('attaches the wanted Configuration, or keeps what is attached to an App ID that exists', () => {
    const plane = open(temporaryHome())
    const attached = (): string | undefined => plane.snapshot('default', 'app').configuration
    const resources = [component('bearer'), configuration('c', { bearer: {} })]
    const wanted = { appId: 'app', configuration: 'c' }
    const kept = { ...wanted, keepsAttached: true }
    plane.apply('default', resources, kept)
    expect(attached()).toBe('c')

    plane.appIds.update('default', 'app', { appConfig: '' })
    const unrelated = plane.apply('default', [...resources, endpoint('e')], kept)
    expect(attached()).toBeUndefined()
    expect(unrelated.steps.at(-1)?.action).toBe('unchanged')
    plane.apply('default', resources, wanted)
    expect(attached()).toBe('c')

    // A manifest of the App ID itself does not detach it by the way either.
    plane.apply('default', [...resources, appIdentity('app')], kept)
    expect(attached()).toBe('c')
    plane.apply('default', [...resources, appIdentity('app')], { appId: 'app' })
    expect(attached()).toBeUndefined()
  })

  test('replaces the whole object', () => {
    const plane = open(temporaryHome())
    plane.apply('default', [endpoint('api', [{ name: 'X-One', value: '1' }])])
    const { steps } = plane.apply('default', [endpoint('api')])
    expect(steps[0]?.changes).toEqual([
      { pointer: '/spec/headers[X-One]', before: { name: 'X-One', value: '1' } },
    ])
    expect(plane.resources.get('default', 'HTTPEndpoint', 'api').manifest).toEqual(
      endpoint('api').manifest,
    )
  })

  test('plan writes nothing', () => {
    const plane = open(temporaryHome())
    const version = plane.dataVersion()
    expect(plane.plan('default', guide).steps.map((step) => step.action)).toEqual(
      Array(4).fill('created'),
    )
    expect(plane.resources.list('default')).toEqual([])
    expect(plane.dataVersion()).toBe(version)
  })

  test('an error anywhere in the batch keeps all of it out', () => {
    const plane = open(temporaryHome())
    const batch = [endpoint('fine'), configuration('broken', { absent: {} })]
    const result = plane.apply('default', batch)
    expect(result.applied).toBe(false)
    expect(result.revision).toBe(0)
    expect(plane.resources.list('default')).toEqual([])
  })

  test('an unchanged resource takes over its new place without a new revision', () => {
    const plane = open(temporaryHome())
    plane.apply('default', [endpoint('api')])
    const api = endpoint('api')
    const moved = { ...api, origin: { ...api.origin, file: 'elsewhere.yaml' } }
    const result = plane.apply('default', [moved])
    expect(result.steps[0]?.action).toBe('unchanged')
    expect(result.revision).toBe(1)
    expect(plane.resources.get('default', 'HTTPEndpoint', 'api').place).toBe('elsewhere.yaml:1:1')
  })

  test('an AppIdentity keeps its API token until apiTokenRevision grows', () => {
    const plane = open(temporaryHome())
    const token = (): string => plane.appIds.get('default', 'app').apiToken.reveal()
    plane.apply('default', [appIdentity('app', { apiTokenRevision: 1 })])
    const first = token()
    expect(first).toMatch(/^mcpauth:\/\/v1\/default\/app\/[\w-]{43}$/)
    plane.apply('default', [appIdentity('app', { apiTokenRevision: 1, protocol: 'http' })])
    expect(token()).toBe(first)
    plane.apply('default', [appIdentity('app', { apiTokenRevision: 2 })])
    expect(token()).not.toBe(first)
  })

  test('another connection sees the commit in dataVersion and revision', () => {
    const home = temporaryHome()
    const reader = open(home)
    const before = reader.dataVersion()
    expect(reader.dataVersion()).toBe(before)
    open(home).apply('default', guide)
    expect(reader.dataVersion()).not.toBe(before)
    expect(reader.revision()).toBe(1)
    const own = reader.dataVersion()
    reader.apply('default', [endpoint('another')])
    expect(reader.dataVersion()).not.toBe(own)
  })

  test('sensitive values differ without being shown', () => {
    const plane = open(temporaryHome())
    const secretive = (value: string): Resource =>
      component('oauth2', {
        metadata: [{ name: 'clientSecret', value }],
        sensitive: ['/spec/metadata/0/value'],
      })
    plane.apply('default', [secretive('one')])
    expect(plane.apply('default', [secretive('one')]).steps[0]?.action).toBe('unchanged')
    const { steps } = plane.apply('default', [secretive('two')])
    expect(steps[0]?.changes).toEqual([
      { pointer: '/spec/metadata[clientSecret]/value', before: '***', after: '***' },
    ])
    const removed = plane.apply('default', [component('oauth2')])
    expect(removed.steps[0]?.changes).toEqual([
      { pointer: '/spec/metadata[clientSecret]', before: { name: 'clientSecret', value: '***' } },
    ])
  })

  test('an item that goes does not rename the ones after it; a new order is a change of its own', () => {
    const plane = open(temporaryHome())
    const headers = (...names: string[]): Resource =>
      endpoint(
        'api',
        names.map((name) => ({ name, value: `of ${name}` })),
      )
    plane.apply('default', [headers('A', 'B', 'C')])
    expect(plane.plan('default', [headers('B', 'C')]).steps[0]?.changes).toEqual([
      { pointer: '/spec/headers[A]', before: { name: 'A', value: 'of A' } },
    ])
    expect(plane.plan('default', [headers('A', 'C', 'B')]).steps[0]?.changes).toEqual([
      { pointer: '/spec/headers', before: ['A', 'B', 'C'], after: ['A', 'C', 'B'] },
    ])
  })

  test('the order of handlers is told by place', () => {
    const plane = open(temporaryHome())
    const parts = [component('one'), component('two')]
    plane.apply('default', [...parts, configuration('c', { one: {}, two: {} })])
    const swapped = configuration('c', { two: {}, one: {} })
    expect(plane.plan('default', [swapped]).steps[0]?.changes[0]).toEqual({
      pointer: '/spec/appHttpPipeline/handlers/0/name',
      before: 'one',
      after: 'two',
    })
  })

  test('the placeholder of a redacted value is refused', () => {
    const plane = open(temporaryHome())
    const { applied, diagnostics } = plane.apply('default', [
      component('oauth2', {
        metadata: [{ name: 'clientSecret', value: '***' }],
        sensitive: ['/spec/metadata/0/value'],
      }),
    ])
    expect(applied).toBe(false)
    expect(diagnostics).toMatchObject([{ rule: 'redacted-value' }])
  })
})

test('behaves as a map of resources does', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd')
  const resource = fc
    .tuple(name, fc.string(), fc.boolean())
    .map(([id, value, secret]) =>
      endpoint(id, [{ name: 'X', value: `v${value}` }], secret ? ['/spec/headers/0/value'] : []),
    )
  const action = fc.oneof(
    { weight: 3, arbitrary: fc.uniqueArray(resource, { maxLength: 4, selector: (r) => r.name }) },
    { weight: 1, arbitrary: name },
  )
  const home = temporaryHome()
  const plane = open(home)
  let run = 0
  fc.assert(
    fc.property(fc.array(action, { maxLength: 15 }), (actions) => {
      run += 1
      const project = `p${run}`
      plane.projects.create(project)
      const model = new Map<string, Resource>()
      for (const step of actions) {
        if (typeof step === 'string') {
          const exists = model.delete(step)
          const remove = (): void => {
            plane.resources.delete(project, 'HTTPEndpoint', step)
          }
          if (exists) remove()
          else expect(remove).toThrow(/There is no HTTPEndpoint/)
          continue
        }
        const before = plane.revision()
        const { steps, revision } = plane.apply(project, step)
        const expected = step.map((item) => {
          const known = model.get(item.name)
          if (known === undefined) return 'created'
          const same =
            known.digest === item.digest && known.sensitive.length === item.sensitive.length
          return same ? 'unchanged' : 'configured'
        })
        expect(steps.map((done) => done.action)).toEqual(expected)
        expect(revision).toBe(before + (expected.some((done) => done !== 'unchanged') ? 1 : 0))
        for (const item of step) model.set(item.name, item)
      }
      expect(plane.resources.list(project).map((view) => view.name)).toEqual(
        [...model.keys()].toSorted(),
      )
      for (const view of plane.resources.list(project)) {
        const item = model.get(view.name)
        const shown = JSON.stringify(item?.manifest)
        if (item?.sensitive.length === 0) expect(JSON.stringify(view.manifest)).toBe(shown)
        else expect(view.manifest).toMatchObject({ spec: { headers: [{ value: '***' }] } })
      }
    }),
    { numRuns: 40 },
  )
})
