// What sidecars see of MCP servers: kept while they run.
import { expect, it } from 'vitest'

import { open, temporaryHome } from './builders.ts'

const session = (appId: string) => ({
  project: 'default',
  appId,
  pid: process.pid,
  socketPath: `/run/${appId}.sock`,
  httpPort: 3500,
  startedAt: 0,
})

it('is seen by other processes, changes, and goes with the sidecar', () => {
  const home = temporaryHome()
  const plane = open(home)
  const other = open(home)
  const id = plane.sessions.register(session('agent'))
  plane.mcpHealth.record(id, 'calc', 'connect ECONNREFUSED 127.0.0.1:9000')
  plane.mcpHealth.record(plane.sessions.register(session('ops')), 'calc', undefined)
  const since = expect.stringMatching(/^\d{4}-/) as string
  expect(other.mcpHealth.sightings('default', 'calc')).toEqual([
    { appId: 'agent', problem: 'connect ECONNREFUSED 127.0.0.1:9000', since },
    { appId: 'ops', problem: undefined, since },
  ])
  const revision = other.revision()
  plane.mcpHealth.record(id, 'calc', undefined)
  expect(other.mcpHealth.sightings('default', 'calc')[0]?.problem).toBeUndefined()
  expect(other.revision()).toBe(revision)
  plane.mcpHealth.forget(id, 'calc')
  expect(other.mcpHealth.sightings('default', 'calc')).toMatchObject([{ appId: 'ops' }])
  plane.mcpHealth.record(id, 'calc', undefined)
  plane.sessions.remove(id)
  plane.mcpHealth.record(id, 'calc', 'too late')
  expect(other.mcpHealth.sightings('default', 'calc')).toMatchObject([{ appId: 'ops' }])
  plane.sessions.register(session('agent'))
  expect(other.mcpHealth.sightings('default', 'calc')).toMatchObject([{ appId: 'ops' }])
})

it('counts no more when its process is gone', () => {
  const home = temporaryHome()
  const before = open(home, { processStart: () => 'before' })
  before.mcpHealth.record(before.sessions.register(session('agent')), 'calc', undefined)
  expect(before.mcpHealth.sightings('default', 'calc')).toHaveLength(1)
  const after = open(home, { processStart: () => 'after' })
  expect(after.mcpHealth.sightings('default', 'calc')).toEqual([])
})
