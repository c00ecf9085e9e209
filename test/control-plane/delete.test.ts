// Deleting a batch of resources
import { expect, test } from 'vitest'

import { appIdentity, component, configuration, endpoint, open, temporaryHome } from './builders.ts'

const keys = [
  { kind: 'Component', name: 'bearer' },
  { kind: 'Configuration', name: 'server' },
  { kind: 'AppIdentity', name: 'app' },
]

function filled() {
  const plane = open(temporaryHome())
  const resources = [
    component('bearer'),
    configuration('server', { bearer: {} }),
    appIdentity('app', { appConfig: 'server' }),
    endpoint('remote'),
  ]
  expect(plane.apply('default', resources).applied).toBe(true)
  return plane
}

test('is one commit, users first', () => {
  const plane = filled()
  const revision = plane.revision()
  const planned = plane.resources.planDeletion('default', keys)
  expect(planned.map(({ name }) => name)).toEqual(['app', 'server', 'bearer'])
  expect(plane.revision()).toBe(revision)
  expect(plane.resources.deleteAll('default', keys)).toEqual(planned)
  expect(plane.revision()).toBe(revision + 1)
  expect(plane.resources.list('default').map(({ name }) => name)).toEqual(['remote'])
  const again = plane.resources.deleteAll('default', keys, { ignoreNotFound: true })
  expect(again.map(({ action }) => action)).toEqual(['not found', 'not found', 'not found'])
  expect(plane.revision()).toBe(revision + 1)
})

test('throws for a running sidecar and a user outside, both named, and deletes nothing', () => {
  const plane = filled()
  const id = plane.sessions.register({
    project: 'default',
    appId: 'app',
    pid: process.pid,
    socketPath: '/run/app.sock',
    httpPort: 3500,
    startedAt: 0,
  })
  const doomed = [
    { kind: 'Component', name: 'bearer' },
    { kind: 'AppIdentity', name: 'app' },
  ]
  expect(() => plane.resources.deleteAll('default', doomed)).toThrow(
    `Component "bearer" is used by Configuration "server". The sidecar of App ID "app" is running (pid ${process.pid}).`,
  )
  expect(plane.resources.list('default')).toHaveLength(4)
  plane.sessions.remove(id)
  expect(() => plane.resources.deleteAll('default', keys)).not.toThrow()
})

test('throws for what does not exist, with all of it named', () => {
  const plane = filled()
  const missing = [...keys, { kind: 'Component', name: 'x' }, { kind: 'AppIdentity', name: 'y' }]
  expect(() => plane.resources.planDeletion('default', missing)).toThrow(
    'There is no Component "x", App ID "y" in project "default". Nothing was deleted.',
  )
})
