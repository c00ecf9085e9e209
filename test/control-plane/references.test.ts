// References over batch and store: what does not resolve is an error at its place, and stored referrers never break.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ControlPlane } from '../../src/control-plane/control-plane.ts'
import type { UnreadableResource } from '../../src/core/resource.ts'
import { Secret } from '../../src/core/secret.ts'
import { appIdentity, component, configuration, endpoint, open, temporaryHome } from './builders.ts'

describe('a reference of the batch', () => {
  test('to a Component resolves in either order, and misspelt says which was meant', () => {
    const plane = open(temporaryHome())
    expect(
      plane.plan('default', [configuration('c', { bearer: {} }), component('bearer')]),
    ).toMatchObject({ diagnostics: [] })
    plane.apply('default', [component('bearer')])
    const { diagnostics } = plane.apply('default', [configuration('c', { baerer: {} })])
    expect(diagnostics).toEqual([
      {
        severity: 'error',
        rule: 'unknown-component',
        file: 'Configuration-c.yaml',
        start: { line: 10, column: 7 },
        message: 'Handler "baerer" names a Component that does not exist in project "default".',
        hint: expect.stringContaining('Did you mean "bearer"?') as string,
      },
    ])
  })

  test('to a Component of another type or version', () => {
    const plane = open(temporaryHome())
    plane.apply('default', [component('bearer'), component('newer', { version: 'v2' })])
    const wrong = configuration('c', { bearer: { type: 'middleware.http.oauth2' }, newer: {} })
    expect(plane.plan('default', [wrong]).diagnostics.map((found) => found.rule)).toEqual([
      'handler-type-mismatch',
      'handler-version-mismatch',
    ])
    const right = configuration('c', { bearer: { version: 'v0' }, newer: { version: 'v2' } })
    expect(plane.plan('default', [right]).diagnostics).toEqual([])
  })

  test('to a Component out of scope of an App ID the Configuration is attached to', () => {
    const plane = open(temporaryHome())
    const scoped = component('bearer', { scopes: ['other'] })
    const batch = [scoped, configuration('c', { bearer: {} }), appIdentity('other')]
    plane.apply('default', batch)
    const attach = appIdentity('app', { appConfig: 'c' })
    expect(plane.plan('default', [attach]).diagnostics).toMatchObject([
      {
        rule: 'handler-out-of-scope',
        file: 'AppIdentity-app.yaml',
        start: { line: 10, column: 7 },
      },
    ])
    expect(plane.plan('default', [...batch, attach]).diagnostics).toMatchObject([
      { rule: 'handler-out-of-scope', file: 'Configuration-c.yaml' },
    ])
    const wider = component('bearer', { scopes: ['other', 'app'] })
    expect(plane.apply('default', [wider, attach]).diagnostics).toEqual([])
  })

  test('to a Configuration or an App ID', () => {
    const plane = open(temporaryHome())
    plane.apply('default', [configuration('server-config', {}), appIdentity('client')])
    const batch = [
      appIdentity('app', { appConfig: 'servr-config' }),
      component('bearer', { scopes: ['clinet'] }),
    ]
    expect(plane.plan('default', batch).diagnostics).toMatchObject([
      { rule: 'unknown-configuration', hint: expect.stringContaining('"server-config"') as string },
      { rule: 'unknown-app-id', hint: expect.stringContaining('"client"') as string },
    ])
  })

  test('to a secret of the built-in store', () => {
    const plane = open(temporaryHome())
    const oauth2 = component('oauth2', {
      metadata: [
        { name: 'clientSecret', secretKeyRef: { name: 'oauth-secret', key: 'clientSecret' } },
      ],
    })
    expect(plane.apply('default', [oauth2]).diagnostics).toMatchObject([
      { rule: 'missing-secret', hint: 'mcpauth secret set oauth-secret clientSecret' },
    ])
    plane.secrets.set('default', 'oauth-secret', 'clientSecret', new Secret('s'))
    expect(plane.apply('default', [oauth2]).diagnostics).toEqual([])
  })

  test('to a secret of the environment', () => {
    const plane = open(temporaryHome(), {
      env: {
        MY_SECRET: 's',
        DAPR_API_TOKEN: 't',
        EMPTY: '',
        PATH: 'p',
        Path: 'p',
        HOME: 'h',
        NODE_OPTIONS: 'n',
        LD_PRELOAD: 'l',
        DYLD_X: 'd',
      },
    })
    const store = component('env', {
      type: 'secretstores.local.env',
      metadata: [{ name: 'prefix', value: 'MY_' }],
    })
    const bare = component('bare', { type: 'secretstores.local.env' })
    plane.apply('default', [store, bare])
    const user = (secretStore: string, name: string, key = name): string[] => {
      const metadata = [{ name: 'clientSecret', secretKeyRef: { name, key } }]
      const { diagnostics } = plane.plan('default', [component('c', { metadata, secretStore })])
      return diagnostics.map((found) => found.rule)
    }
    expect(user('env', 'SECRET')).toEqual([])
    expect(user('bare', 'MY_SECRET')).toEqual([])
    expect(user('env', 'OTHER')).toEqual(['missing-secret'])
    expect(user('env', 'SECRET', 'other')).toEqual(['missing-secret'])
    expect(user('bare', 'EMPTY')).toEqual(['missing-secret'])
    expect(user('bare', 'DAPR_API_TOKEN')).toEqual(['missing-secret'])
    for (const name of ['PATH', 'Path', 'HOME', 'NODE_OPTIONS', 'LD_PRELOAD', 'DYLD_X']) {
      expect(user('bare', name)).toEqual(['missing-secret'])
    }
    expect(user('absent', 'SECRET')).toEqual(['unknown-secret-store'])
  })

  test('to a secret of a file', () => {
    const home = temporaryHome()
    const plane = open(home, { cwd: home })
    mkdirSync(join(home, 'secrets'))
    writeFileSync(join(home, 'secrets/all.json'), '{"flat": "1", "outer": {"inner": 2}}')
    writeFileSync(join(home, 'secrets/bad.json'), 'verysecret')
    const store = (name: string, file: string, multiValued = 'false'): void => {
      const metadata = [
        { name: 'secretsFile', value: `secrets/${file}` },
        { name: 'multiValued', value: multiValued },
      ]
      plane.apply('default', [component(name, { type: 'secretstores.local.file', metadata })])
    }
    store('plain', 'all.json')
    store('multi', 'all.json', 'true')
    store('bad', 'bad.json')
    store('gone', 'gone.json')
    store('folder', '')
    const user = (secretStore: string, name: string, key = name): string => {
      const metadata = [{ name: 'clientSecret', secretKeyRef: { name, key } }]
      const { diagnostics } = plane.plan('default', [component('c', { metadata, secretStore })])
      expect(JSON.stringify(diagnostics)).not.toContain('verysecret')
      return diagnostics.map((found) => found.rule).join()
    }
    expect(user('plain', 'flat')).toBe('')
    expect(user('plain', 'outer:inner')).toBe('')
    expect(user('plain', 'outer', 'inner')).toBe('missing-secret')
    expect(user('multi', 'outer', 'inner')).toBe('')
    expect(user('multi', 'outer', 'other')).toBe('missing-secret')
    for (const unreadable of ['bad', 'gone', 'folder']) {
      expect(user(unreadable, 'flat')).toBe('secrets-file-unreadable')
    }
  })

  test.runIf(process.platform !== 'win32')('to a compiler of Rego that is not there', () => {
    const home = temporaryHome()
    const metadata = [{ name: 'rego', value: 'package http' }]
    const policy = component('policy', { type: 'middleware.http.opa', metadata })
    const plane = open(home, { env: { PATH: join(home, 'bin') } })
    expect(plane.apply('default', [policy])).toMatchObject({
      applied: false,
      diagnostics: [
        { severity: 'error', rule: 'opa-missing', hint: expect.stringContaining('policyFile') },
      ],
    })
    const compiled = component('policy', {
      type: 'middleware.http.opa',
      metadata: [{ name: 'policyFile', value: 'policy.wasm' }],
    })
    expect(plane.apply('default', [compiled]).applied).toBe(true)
    mkdirSync(join(home, 'bin'))
    writeFileSync(join(home, 'bin', 'opa'), '', { mode: 0o644 })
    expect(plane.apply('default', [policy]).applied).toBe(false)
    chmodSync(join(home, 'bin', 'opa'), 0o755)
    expect(plane.apply('default', [policy]).applied).toBe(true)
  })

  test.runIf(process.getuid !== undefined)('to a file that others can read', () => {
    const home = temporaryHome()
    const plane = open(home, { cwd: home })
    const file = join(home, 'all.json')
    writeFileSync(file, '{"flat": "1"}', { mode: 0o640 })
    const metadata = [{ name: 'secretsFile', value: 'all.json' }]
    const store = component('store', { type: 'secretstores.local.file', metadata })
    expect(plane.apply('default', [store])).toMatchObject({
      applied: true,
      diagnostics: [
        { severity: 'warning', rule: 'secrets-file-open', hint: "Run: chmod 600 'all.json'" },
      ],
    })
    chmodSync(file, 0o600)
    expect(plane.apply('default', [store]).diagnostics).toEqual([])
  })

  test('in another project than the one commands mean names it in every hint', () => {
    const plane = open(temporaryHome())
    plane.projects.create('work')
    const hints = (): (string | undefined)[] =>
      plane
        .plan('work', [
          component('c', {
            metadata: [{ name: 'x', secretKeyRef: { name: 's', key: 'k' } }],
            scopes: ['app'],
          }),
        ])
        .diagnostics.map(({ hint }) => hint)
    expect(hints()).toEqual([
      'mcpauth secret set s k --project work',
      'mcpauth appid create app --project work',
    ])
    plane.projects.use('work')
    expect(hints()).toEqual(['mcpauth secret set s k', 'mcpauth appid create app'])
  })

  test('to a Component that is no secret store, or one only Dapr reads', () => {
    const plane = open(temporaryHome())
    plane.apply('default', [
      component('bearer'),
      component('vault', { type: 'secretstores.hashicorp.vault' }),
    ])
    const user = (secretStore: string): unknown =>
      plane.plan('default', [
        component('c', {
          metadata: [{ name: 'clientSecret', secretKeyRef: { name: 'a', key: 'b' } }],
          secretStore,
        }),
      ]).diagnostics
    expect(user('bearer')).toMatchObject([{ severity: 'error', rule: 'not-a-secret-store' }])
    expect(user('vault')).toMatchObject([{ severity: 'warning', rule: 'unread-secret-store' }])
  })

  test('the same resource twice', () => {
    const { diagnostics } = open(temporaryHome()).apply('default', [
      endpoint('api'),
      endpoint('api'),
    ])
    expect(diagnostics).toMatchObject([{ rule: 'duplicate-resource' }])
  })
})

describe('a reference to what a document that cannot be used may define', () => {
  const batch = [
    configuration('config', { bearer: {} }),
    appIdentity('app', { appConfig: 'other-config' }),
    component('c', {
      metadata: [{ name: 'x', secretKeyRef: { name: 'A' } }],
      secretStore: 'store',
      scopes: ['client'],
    }),
  ]
  const rulesWith = (
    plane: ControlPlane,
    unreadable: readonly UnreadableResource[],
    resources = batch,
  ): string[] =>
    plane
      .plan('default', resources, { unreadable })
      .diagnostics.map(({ rule }) => rule)
      .toSorted()

  test('is left alone; others are reported', () => {
    const plane = open(temporaryHome())
    const all = [
      'unknown-app-id',
      'unknown-component',
      'unknown-configuration',
      'unknown-secret-store',
    ]
    expect(rulesWith(plane, [])).toEqual(all)
    const named = [
      { kind: 'Component', name: 'bearer', rule: 'unknown-component' },
      { kind: 'Configuration', name: 'other-config', rule: 'unknown-configuration' },
      { kind: 'AppIdentity', name: 'client', rule: 'unknown-app-id' },
      { kind: 'Component', name: 'store', rule: 'unknown-secret-store' },
    ]
    for (const { kind, name, rule } of named) {
      const others = all.filter((other) => other !== rule)
      expect(rulesWith(plane, [{ kind, name }])).toEqual(others)
      expect(rulesWith(plane, [{ kind: undefined, name }])).toEqual(others)
      expect(rulesWith(plane, [{ kind: 'Subscription', name }])).toEqual(all)
    }
    expect(rulesWith(plane, [{ kind: undefined, name: undefined }])).toEqual([])
  })

  test('is not held against what is stored under that name', () => {
    const plane = open(temporaryHome())
    plane.apply('default', [component('bearer', { version: 'v2' })])
    const user = [configuration('config', { bearer: {} })]
    const mismatch = ['handler-version-mismatch']
    expect(rulesWith(plane, [], user)).toEqual(mismatch)
    expect(rulesWith(plane, [{ kind: 'Component', name: 'bearer' }], user)).toEqual([])
    expect(rulesWith(plane, [{ kind: undefined, name: undefined }], user)).toEqual(mismatch)
  })

  test('an App ID that is wanted beside them is known', () => {
    const plane = open(temporaryHome())
    const scoped = [component('c', { scopes: ['app'] })]
    const { diagnostics } = plane.plan('default', scoped, { wanted: { appId: 'app' } })
    expect(diagnostics).toEqual([])
  })
})

describe('a change never breaks what is stored', () => {
  test('the type of a Component is fixed, and its users are named', () => {
    const plane = open(temporaryHome())
    plane.apply('default', [component('bearer'), configuration('config', { bearer: {} })])
    const { applied, diagnostics } = plane.apply('default', [
      component('bearer', { type: 'middleware.http.oauth2' }),
    ])
    expect(applied).toBe(false)
    expect(diagnostics).toMatchObject([
      {
        rule: 'component-type-changed',
        message: expect.stringContaining('Configuration "config"') as string,
        hint: expect.stringContaining('mcpauth component delete bearer') as string,
      },
    ])
  })

  test('another version or narrower scopes name the Configuration that would break', () => {
    const plane = open(temporaryHome())
    const stored = [
      component('bearer'),
      configuration('config', { bearer: {} }),
      appIdentity('app', { appConfig: 'config' }),
      appIdentity('other'),
    ]
    plane.apply('default', stored)
    const changes = [
      component('bearer', { version: 'v2' }),
      component('bearer', { scopes: ['other'] }),
    ]
    for (const change of changes) {
      const { applied, diagnostics } = plane.apply('default', [change])
      expect(applied).toBe(false)
      expect(diagnostics).toHaveLength(1)
      expect(diagnostics[0]?.file).toBe('Component-bearer.yaml')
      expect(diagnostics[0]?.message).toContain('Configuration "config" would break')
    }
    const together = [
      component('bearer', { version: 'v2' }),
      configuration('config', { bearer: { version: 'v2' } }),
    ]
    expect(plane.apply('default', together).diagnostics).toEqual([])
  })

  test('what was broken by force before does not stand in the way', () => {
    const plane = open(temporaryHome())
    plane.apply('default', [component('bearer'), configuration('config', { bearer: {} })])
    plane.resources.delete('default', 'Component', 'bearer', { force: true })
    expect(plane.apply('default', [component('bearer', { version: 'v2' })]).applied).toBe(true)
    expect(plane.apply('default', [component('bearer', { version: 'v3' })]).applied).toBe(true)
  })

  test('deleting what is used is refused and names the users, unless forced', () => {
    const plane = open(temporaryHome())
    plane.secrets.set('default', 's', 'k', new Secret('v'))
    plane.apply('default', [
      component('bearer', {
        metadata: [{ name: 'x', secretKeyRef: { name: 's', key: 'k' } }],
        scopes: ['app'],
      }),
      configuration('config', { bearer: {} }),
      appIdentity('app', { appConfig: 'config' }),
    ])
    const remove =
      (kind: string, name: string, force = false) =>
      () => {
        plane.resources.delete('default', kind, name, { force })
      }
    expect(remove('Component', 'bearer')).toThrow('is used by Configuration "config"')
    expect(remove('Configuration', 'config')).toThrow('is used by AppIdentity "app"')
    expect(remove('AppIdentity', 'app')).toThrow('is used by Component "bearer"')
    expect(() => {
      plane.secrets.delete('default', 's')
    }).toThrow('is used by Component "bearer"')
    remove('Component', 'bearer', true)()
    plane.secrets.delete('default', 's', { key: 'k' })
    remove('AppIdentity', 'app')()
    remove('Configuration', 'config')()
    expect(plane.resources.list('default')).toEqual([])
    expect(plane.secrets.list('default')).toEqual([])
  })
})
