// The snapshot of one App ID: everything resolved, and a reason wherever something cannot be.
import { describe, expect, test } from 'vitest'
import type { ControlPlane } from '../../src/control-plane/control-plane.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { Secret } from '../../src/core/secret.ts'
import { appIdentity, component, configuration, endpoint, open, temporaryHome } from './builders.ts'

function revealed(value: string | Secret | undefined): string | undefined {
  return value instanceof Secret ? value.reveal() : value
}

function guideProject(): ControlPlane {
  const plane = open(temporaryHome(), { env: { AUDIENCE: 'from-env' } })
  plane.secrets.set('default', 'oauth-secret', 'clientSecret', new Secret('hush'))
  const { applied } = plane.apply('default', [
    component('oauth2', {
      type: 'middleware.http.oauth2',
      metadata: [
        { name: 'clientID', value: 'client' },
        { name: 'clientSecret', secretKeyRef: { name: 'oauth-secret', key: 'clientSecret' } },
        { name: 'audience', envRef: 'AUDIENCE' },
        { name: 'authHeaderName', value: 'X-Literal' },
      ],
      sensitive: ['/spec/metadata/3/value'],
    }),
    configuration(
      'client-config',
      { oauth2: { type: 'middleware.http.oauth2' } },
      { pipeline: 'httpPipeline' },
    ),
    endpoint('api', [{ name: 'X-Key', value: 'k' }], ['/spec/headers/0/value']),
    appIdentity('client', { appConfig: 'client-config' }),
    appIdentity('server', { appEndpoint: { url: 'http://127.0.0.1:9000/' } }),
    component('scoped', { scopes: ['server'] }),
  ])
  expect(applied).toBe(true)
  return plane
}

function handler(plane: ControlPlane) {
  return plane.snapshot('default', 'client').httpPipeline[0]
}

describe('a snapshot', () => {
  test('has the token of the run for the app, and the APIs that its Configuration denies', () => {
    const plane = guideProject()
    const { app } = plane.snapshot('default', 'client', { appToken: new Secret('of-the-run') })
    expect([revealed(app.token), app.tokenHeader]).toEqual(['of-the-run', 'dapr-api-token'])
    expect(plane.snapshot('default', 'client').app.token).toBeUndefined()
    expect(plane.snapshot('default', 'client').deniedApis).toBeUndefined()
    const api = { allowed: [{ name: 'invoke', version: 'v1', protocol: 'http' }] }
    plane.apply('default', [configuration('client-config', {}, { spec: { api } })])
    expect(plane.snapshot('default', 'client').deniedApis).toEqual(['metadata', 'shutdown', 'mcp'])
  })

  test('says how the health of the app is checked: as the App ID, and then the run, has it', () => {
    const plane = guideProject()
    const health = (options = {}) => plane.snapshot('default', 'server', options).app.health
    expect(health()).toBeUndefined()
    plane.appIds.update('default', 'server', { healthCheckPath: '/up', healthCheckThreshold: 9 })
    expect(health()).toBeUndefined()
    expect(health({ health: { enabled: true, threshold: 2 } })).toEqual({
      path: '/up',
      intervalSeconds: 5,
      timeoutMs: 500,
      threshold: 2,
    })
    plane.appIds.update('default', 'server', { healthCheckEnabled: true })
    expect(health()).toMatchObject({ path: '/up', threshold: 9 })
    expect(health({ health: { enabled: false } })).toBeUndefined()
    const client = { health: { enabled: true } }
    expect(plane.snapshot('default', 'client', client).app).not.toHaveProperty('health')
  })

  test('holds everything the sidecar needs', () => {
    const plane = guideProject()
    const snapshot = plane.snapshot('default', 'client', { appPort: 8000 })
    expect(snapshot).toMatchObject({
      project: 'default',
      appId: 'client',
      revision: plane.revision(),
      app: { url: 'http://127.0.0.1:8000', tokenHeader: 'dapr-api-token' },
      configuration: 'client-config',
      appHttpPipeline: [],
      peers: [{ appId: 'server', endpoint: { url: 'http://127.0.0.1:9000' } }],
      components: [{ name: 'oauth2', type: 'middleware.http.oauth2', version: 'v1' }],
    })
    expect(snapshot.problem).toBeUndefined()
    expect(snapshot.apiToken.reveal()).toBe(plane.appIds.get('default', 'client').apiToken.reveal())
    const [oauth2] = snapshot.httpPipeline
    expect(oauth2).toMatchObject({
      name: 'oauth2',
      version: 'v1',
      place: 'Configuration-client-config.yaml:10:7',
      componentPlace: 'Component-oauth2.yaml:1:1',
    })
    const metadata = oauth2?.problem === undefined ? oauth2?.metadata : undefined
    expect(metadata?.['clientID']).toBe('client')
    for (const name of ['clientSecret', 'audience', 'authHeaderName']) {
      expect(metadata?.[name]).toBeInstanceOf(Secret)
    }
    expect(Object.values(metadata ?? {}).map(revealed)).toEqual([
      'client',
      'hush',
      'from-env',
      'X-Literal',
    ])
    const [api] = snapshot.endpoints
    expect(api).toMatchObject({ name: 'api', baseUrl: 'https://api.example.com' })
    expect(api?.headers[0]?.value).toBeInstanceOf(Secret)
    expect(revealed(api?.headers[0]?.value)).toBe('k')
  })

  test('names the socket of a running peer, and not of itself', () => {
    const plane = guideProject()
    const register = (appId: string): string =>
      plane.sessions.register({
        project: 'default',
        appId,
        pid: process.pid,
        socketPath: `/run/${appId}.sock`,
        httpPort: 3500,
        startedAt: 0,
      })
    register('client')
    const server = register('server')
    expect(plane.snapshot('default', 'client').peers).toMatchObject([
      { appId: 'server', socketPath: '/run/server.sock' },
    ])
    plane.sessions.remove(server)
    expect(plane.snapshot('default', 'client').peers[0]?.socketPath).toBeUndefined()
  })

  test('never leads past what guards a stopped App ID', () => {
    const plane = guideProject()
    const server = () =>
      plane.snapshot('default', 'client').peers.find(({ appId }) => appId === 'server')
    expect(server()?.endpoint?.url).toBe('http://127.0.0.1:9000')
    const guard = (spec: Record<string, unknown>): void => {
      const guarded = configuration('guard', {}, { spec: spec as never })
      const appEndpoint = { url: 'http://127.0.0.1:9000/' }
      const result = plane.apply('default', [
        guarded,
        appIdentity('server', { appEndpoint, appConfig: 'guard' }),
      ])
      expect(result.diagnostics).toEqual([])
    }
    guard({ accessControl: { defaultAction: 'deny' } })
    expect(server()?.endpoint).toBeUndefined()
    guard({})
    expect(server()?.endpoint?.url).toBe('http://127.0.0.1:9000')
    plane.apply('default', [
      component('oauth2-in', { type: 'middleware.http.bearer' }),
      configuration(
        'guard',
        { 'oauth2-in': { type: 'middleware.http.bearer' } },
        { pipeline: 'appHttpPipeline' },
      ),
    ])
    expect(server()?.endpoint).toBeUndefined()
  })

  test('the digest of a handler follows its Component and its secrets, nothing else', () => {
    const plane = guideProject()
    const digest = (): string | undefined => {
      const spec = handler(plane)
      return spec?.problem === undefined ? spec?.digest : undefined
    }
    const first = digest()
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    plane.apply('default', [endpoint('unrelated')])
    expect(digest()).toBe(first)
    plane.secrets.set('default', 'oauth-secret', 'clientSecret', new Secret('rotated'))
    expect(digest()).not.toBe(first)
  })

  test('an App ID that does not exist is an error', () => {
    expect(() => guideProject().snapshot('default', 'clinet')).toThrow(
      expect.objectContaining({ code: 'APPID_NOT_FOUND' }),
    )
  })
})

describe('what cannot be used says so', () => {
  test('a secret that is gone', () => {
    const plane = guideProject()
    plane.secrets.delete('default', 'oauth-secret', { force: true })
    expect(handler(plane)?.problem).toMatchObject({
      message: expect.stringContaining('oauth-secret/clientSecret') as string,
      hint: expect.stringContaining('mcpauth secret set oauth-secret clientSecret') as string,
      place: 'Component-oauth2.yaml:10:7',
    })
  })

  test('a Component that is gone, has another type, or is out of scope', () => {
    const plane = guideProject()
    const force = { force: true }
    const type = 'middleware.http.oauth2'
    plane.resources.delete('default', 'Component', 'oauth2', force)
    expect(handler(plane)?.problem?.message).toContain('does not exist')
    plane.apply('default', [component('oauth2')])
    expect(handler(plane)?.problem?.message).toContain('has type middleware.http.bearer')
    plane.resources.delete('default', 'Component', 'oauth2', force)
    plane.apply('default', [component('oauth2', { type, scopes: ['server'] })])
    expect(handler(plane)?.problem?.message).toContain('not in scope')
    expect(plane.snapshot('default', 'client').httpPipeline).toHaveLength(1)
  })

  test('a Configuration that is gone', () => {
    const plane = guideProject()
    plane.resources.delete('default', 'Configuration', 'client-config', { force: true })
    const { configuration: name, problem, httpPipeline } = plane.snapshot('default', 'client')
    expect(name).toBe('client-config')
    expect(problem?.message).toContain('"client-config" does not exist')
    expect(httpPipeline).toEqual([])
  })

  test('access control', () => {
    const plane = guideProject()
    const snapshotWith = (accessControl: JsonObject, of = 'client') => {
      plane.apply('default', [configuration('client-config', {}, { spec: { accessControl } })])
      return plane.snapshot('default', of)
    }
    const place = expect.any(String) as string
    expect(snapshotWith({}).accessControl).toEqual({ defaultAction: 'allow', policies: [], place })
    const policies = [{ appId: 'server', operations: [{ name: '/a', action: 'Allow' }] }]
    expect(snapshotWith({ policies }).accessControl).toEqual({
      defaultAction: 'deny',
      place,
      policies: [
        {
          appId: 'server',
          namespace: 'default',
          trustDomain: 'public',
          defaultAction: undefined,
          operations: [{ name: '/a', verbs: [], action: 'allow', place }],
          place,
        },
      ],
    })
    const named = { defaultAction: 'anything', trustDomain: 'example.org' }
    expect(snapshotWith(named)).toMatchObject({
      trustDomain: 'example.org',
      accessControl: { defaultAction: 'deny' },
    })
    expect(snapshotWith(named, 'server').peers).toMatchObject([
      { appId: 'client', trustDomain: 'example.org' },
    ])
  })

  test('a secret store out of scope', () => {
    const plane = guideProject()
    const type = 'middleware.http.oauth2'
    const store = (scopes: string[]) => component('env', { type: 'secretstores.local.env', scopes })
    const metadata = [{ name: 'x', secretKeyRef: { name: 'AUDIENCE' } }]
    const user = component('oauth2', { type, metadata, secretStore: 'env' })
    expect(plane.apply('default', [store(['client']), user]).diagnostics).toEqual([])
    expect(handler(plane)?.problem).toBeUndefined()
    plane.apply('default', [store(['server'])])
    expect(handler(plane)?.problem?.message).toContain('secret store "env" is not in scope')
  })

  test('an endpoint with a header that cannot be resolved', () => {
    const plane = guideProject()
    plane.secrets.set('default', 's', 'k', new Secret('v'))
    plane.apply('default', [
      endpoint('api', [{ name: 'X', secretKeyRef: { name: 's', key: 'k' } }]),
    ])
    plane.secrets.delete('default', 's', { force: true })
    const [api] = plane.snapshot('default', 'client').endpoints
    expect(api?.problem?.message).toContain('"s/k"')
    expect(api?.problem?.place).toBe('HTTPEndpoint-api.yaml:10:7')
    expect(api?.headers).toEqual([])
  })

  test('an endpoint with a secret that no header can carry', () => {
    const plane = guideProject()
    plane.secrets.set('default', 's', 'k', new Secret('canary\r\nX: y'))
    plane.apply('default', [
      endpoint('api', [{ name: 'X', secretKeyRef: { name: 's', key: 'k' } }]),
    ])
    const [api] = plane.snapshot('default', 'client').endpoints
    expect(api).toMatchObject({ headers: [], problem: { place: 'HTTPEndpoint-api.yaml:10:7' } })
    expect(JSON.stringify(api)).not.toContain('canary')
  })

  test('an environment variable that is not set', () => {
    const plane = guideProject()
    const type = 'middleware.http.oauth2'
    for (const envRef of ['NOT_SET', 'DAPR_API_TOKEN', 'with space', 'PATH']) {
      plane.apply('default', [component('oauth2', { type, metadata: [{ name: 'x', envRef }] })])
      expect(handler(plane)?.problem?.message).toContain(envRef)
    }
  })
})
