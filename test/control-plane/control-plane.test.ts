// Projects, App IDs, secrets and running sidecars through the control plane.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { ControlPlane } from '../../src/control-plane/control-plane.ts'
import { Secret } from '../../src/core/secret.ts'
import { component, configuration, endpoint, open, temporaryHome } from './builders.ts'

describe('projects', () => {
  test('are created, listed, chosen and deleted', () => {
    const plane = open(temporaryHome())
    plane.projects.create('work')
    expect(() => plane.projects.create('work')).toThrow(
      expect.objectContaining({ code: 'PROJECT_EXISTS' }),
    )
    expect(() => plane.projects.create('No Good')).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    )
    expect(plane.projects.active()).toBeUndefined()
    plane.projects.use('work')
    expect(plane.projects.active()).toBe('work')
    expect(plane.projects.list().map(({ name, active }) => [name, active])).toEqual([
      ['default', false],
      ['work', true],
    ])
    plane.apply('work', [endpoint('api')])
    expect(() => {
      plane.projects.delete('work')
    }).toThrow('holds 1 resources')
    plane.projects.delete('work', { force: true })
    expect(plane.projects.active()).toBeUndefined()
    plane.projects.create('work')
    expect(plane.resources.list('work')).toEqual([])
    expect(() => {
      plane.projects.delete('default', { force: true })
    }).toThrow('always there')
  })

  test('a command means the one it names, else MCPAUTH_PROJECT, else the active one, else default', () => {
    const home = temporaryHome()
    const plane = open(home)
    for (const name of ['named', 'from-env', 'active']) plane.projects.create(name)
    expect(plane.resolveProject(undefined).name).toBe('default')
    plane.projects.use('active')
    expect(plane.resolveProject(undefined).name).toBe('active')
    const withEnv = open(home, { env: { MCPAUTH_PROJECT: 'from-env' } })
    expect(withEnv.resolveProject(undefined).name).toBe('from-env')
    expect(withEnv.resolveProject('named').name).toBe('named')
    expect(() => plane.resolveProject('nmaed')).toThrow(
      expect.objectContaining({
        code: 'PROJECT_NOT_FOUND',
        hint: 'Did you mean "named"? Otherwise: mcpauth project create nmaed',
      }),
    )
    expect(() => plane.apply('nowhere', [])).toThrow('There is no project "nowhere".')
    for (const call of ['get', 'delete'] as const) {
      expect(() => plane.projects[call]('nmaed')).toThrow(
        expect.objectContaining({
          code: 'PROJECT_NOT_FOUND',
          hint: 'Did you mean "named"? Otherwise: List them with: mcpauth project list',
        }),
      )
    }
  })

  test('are separate', () => {
    const plane = open(temporaryHome())
    plane.projects.create('other')
    plane.apply('default', [component('bearer')])
    expect(plane.apply('other', [configuration('c', { bearer: {} })]).applied).toBe(false)
    expect(plane.resources.list('other')).toEqual([])
  })
})

describe('App IDs', () => {
  test('are created, changed and shown with status; lists show no token', () => {
    const plane = open(temporaryHome())
    plane.apply('default', [component('bearer'), configuration('config', { bearer: {} })])
    expect(plane.appIds.ensure('default', 'app')).toBe(true)
    expect(plane.appIds.ensure('default', 'app')).toBe(false)
    expect(() => plane.appIds.create('default', 'app')).toThrow(
      expect.objectContaining({ code: 'APPID_EXISTS' }),
    )
    expect(plane.appIds.create('default', 'app', {}, { ignoreIfExists: true })).toBe('unchanged')
    const settings = {
      appConfig: 'config',
      endpointUrl: 'http://127.0.0.1:8000',
      endpointToken: new Secret('app-token'),
      healthCheckEnabled: true,
      healthCheckPath: '/health',
    }
    expect(plane.appIds.update('default', 'app', settings)).toBe('configured')
    expect(plane.appIds.update('default', 'app', settings)).toBe('unchanged')
    const appId = plane.appIds.get('default', 'app')
    expect(appId.manifest).toMatchObject({
      apiVersion: 'cra.diagrid.io/v1beta1',
      kind: 'AppIdentity',
      metadata: { name: 'app', resourceVersion: 3 },
      spec: {
        appConfig: 'config',
        appEndpoint: { url: 'http://127.0.0.1:8000', token: '***' },
        healthCheck: { path: '/health', probe: { enabled: true } },
      },
      status: { status: 'ready' },
    })
    expect(appId.apiToken.reveal()).toMatch(/^mcpauth:\/\/v1\/default\/app\//)
    expect(JSON.stringify(plane.appIds.list('default'))).not.toContain('mcpauth://')
  })

  test('an update leaves the rest, an empty text removes', () => {
    const plane = open(temporaryHome())
    plane.apply('default', [configuration('config', {})])
    plane.appIds.create('default', 'app', { appConfig: 'config', endpointToken: new Secret('t') })
    plane.appIds.update('default', 'app', { appConfig: '' })
    expect(plane.appIds.get('default', 'app').manifest['spec']).toEqual({
      appEndpoint: { token: '***' },
    })
    expect(plane.snapshot('default', 'app').app.token?.reveal()).toBe('t')
    plane.appIds.update('default', 'app', { endpointToken: new Secret('') })
    expect(plane.appIds.get('default', 'app').manifest['spec']).toEqual({})
  })

  test('what cannot be attached or set is refused', () => {
    const plane = open(temporaryHome())
    plane.appIds.create('default', 'app')
    plane.appIds.create('default', 'other')
    plane.apply('default', [
      component('bearer', { scopes: ['other'] }),
      configuration('config', { bearer: {} }),
    ])
    const update = (settings: Parameters<ControlPlane['appIds']['update']>[2]) => () =>
      plane.appIds.update('default', 'app', settings)
    expect(update({ appConfig: 'cofnig' })).toThrow(
      expect.objectContaining({
        code: 'RESOURCE_NOT_FOUND',
        hint: expect.stringContaining('"config"') as string,
      }),
    )
    expect(update({ appConfig: 'config' })).toThrow('not in scope for App ID "app"')
    const usage = expect.objectContaining({ code: 'USAGE' }) as Error
    for (const endpointUrl of ['ftp://x', 'http://127.1', 'http://x?', 'http://u@x', 'http://hä']) {
      expect(update({ endpointUrl })).toThrow(usage)
    }
    for (const endpointTokenHeader of ['Host', 'TE', 'a b']) {
      expect(update({ endpointTokenHeader })).toThrow(usage)
    }
    expect(update({ endpointToken: new Secret('a\nb') })).toThrow(usage)
    expect(update({ protocol: 'grpc' })).toThrow('"grpc" is not served')
    expect(update({ healthCheckInterval: 0 })).toThrow('whole number above 0')
    expect(() => plane.appIds.update('default', 'ohter', {})).toThrow(
      expect.objectContaining({ code: 'APPID_NOT_FOUND' }),
    )
    expect(() => plane.appIds.create('default', 'Not_A_Label')).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    )
    expect(plane.appIds.get('default', 'app').revision).toBe(1)
  })
})

describe('secrets', () => {
  test('are set, replaced, listed without values, deleted', () => {
    const plane = open(temporaryHome())
    const set = (key: string, value: string): string =>
      plane.secrets.set('default', 'oauth-secret', key, new Secret(value))
    expect(set('clientSecret', 'one')).toBe('created')
    expect(set('clientSecret', 'two')).toBe('configured')
    const revision = plane.revision()
    expect(set('clientSecret', 'two')).toBe('unchanged')
    expect(plane.revision()).toBe(revision)
    expect(set('other', 'three')).toBe('created')
    expect(plane.secrets.list('default').map(({ name, key }) => `${name}/${key}`)).toEqual([
      'oauth-secret/clientSecret',
      'oauth-secret/other',
    ])
    plane.secrets.delete('default', 'oauth-secret', { key: 'other' })
    expect(() => {
      plane.secrets.delete('default', 'oauth-secret', { key: 'other' })
    }).toThrow(expect.objectContaining({ code: 'SECRET_NOT_FOUND' }))
    plane.secrets.delete('default', 'oauth-secret')
    expect(plane.secrets.list('default')).toEqual([])
    expect(() => set('empty', '')).toThrow('is empty')
    for (const name of ['a b', 'a/b', 'a\nb', 'a\u001bb', '', 'x'.repeat(254)]) {
      expect(() => set(name, 'x')).toThrow(expect.objectContaining({ code: 'USAGE' }))
    }
    expect(() => set('nul', 'a\0b')).toThrow('NUL')
  })
})

describe('sessions', () => {
  const session = (pid: number) => ({
    project: 'default',
    appId: 'app',
    pid,
    socketPath: '/run/app.sock',
    httpPort: 3500,
    startedAt: 0,
  })

  test('one live sidecar an App ID; it keeps App ID and project from being deleted', () => {
    const plane = open(temporaryHome())
    plane.projects.create('work')
    plane.appIds.create('work', 'app')
    const id = plane.sessions.register({ ...session(process.pid), project: 'work' })
    expect(() => plane.sessions.register({ ...session(process.pid), project: 'work' })).toThrow(
      expect.objectContaining({
        code: 'APPID_IN_USE',
        message: expect.stringContaining(`pid ${process.pid}`) as string,
      }),
    )
    expect(plane.sessions.list('work')).toMatchObject([{ id, appId: 'app', httpPort: 3500 }])
    expect(plane.sessions.list('default')).toEqual([])
    expect(plane.appIds.get('work', 'app').session?.pid).toBe(process.pid)
    expect(() => {
      plane.appIds.delete('work', 'app')
    }).toThrow(expect.objectContaining({ code: 'APPID_IN_USE' }))
    expect(() => {
      plane.projects.delete('work', { force: true })
    }).toThrow(`pid ${process.pid}`)
    plane.sessions.remove(id)
    plane.appIds.delete('work', 'app')
    plane.projects.delete('work')
  })

  test('of a process that is gone are ignored and replaced', async () => {
    const plane = open(temporaryHome())
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      stdio: 'ignore',
    })
    await once(child, 'spawn')
    plane.sessions.register(session(child.pid ?? 0))
    expect(plane.sessions.list()).toHaveLength(1)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(plane.sessions.list()).toEqual([])
    plane.sessions.register(session(process.pid))
    expect(plane.sessions.list()).toMatchObject([{ pid: process.pid }])
  })

  test('of a pid that another process has now are stale', () => {
    const home = temporaryHome()
    open(home, { processStart: () => 'before' }).sessions.register(session(process.pid))
    const plane = open(home, { processStart: () => 'after' })
    expect(plane.sessions.list()).toEqual([])
    plane.sessions.register(session(process.pid))
    expect(plane.sessions.list()).toHaveLength(1)
  })
})
