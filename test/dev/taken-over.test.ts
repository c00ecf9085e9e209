// `--wait`: a real control plane, and sidecars that say over HTTP which revision they work by.
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { expect, it, onTestFinished } from 'vitest'

import { openControlPlane, type ControlPlane } from '../../src/control-plane/control-plane.ts'
import { systemClock } from '../../src/core/clock.ts'
import { takenOver } from '../../src/dev/taken-over.ts'
import { temporaryFolder } from '../support/temp-home.ts'

/** A control plane with one running sidecar, whose answers `revision` gives. */
async function scene(revision: (asked: number) => unknown): Promise<ControlPlane> {
  const plane = openControlPlane({ home: temporaryFolder(), clock: systemClock, env: {} })
  onTestFinished(() => plane.close())
  plane.apply('default', [], { appId: 'client' })
  let asked = 0
  const server = createServer((_, answer) => {
    asked += 1
    answer.end(JSON.stringify({ revision: revision(asked) }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  plane.sessions.register({
    project: 'default',
    appId: 'client',
    pid: process.pid,
    socketPath: '/nowhere',
    httpPort: (server.address() as AddressInfo).port,
    startedAt: 0,
  })
  return plane
}

it('ends when the sidecar has the present revision, and not before', async () => {
  let asked = 0
  const plane: ControlPlane = await scene((count) => {
    asked = count
    return count < 3 ? plane.revision() - 1 : plane.revision()
  })
  await takenOver(plane, 'default')
  expect(asked).toBe(3)
})

it.each([
  ['an older one', () => 0],
  ['none', () => undefined],
])('says that a sidecar goes on with %s', async (_, revision) => {
  const plane = await scene(revision)
  await expect(takenOver(plane, 'default', 100)).rejects.toMatchObject({
    code: 'SIDECAR_BEHIND',
    message: expect.stringContaining('client') as string,
  })
})

it('waits for nobody when no sidecar of the project runs', async () => {
  const plane = await scene(() => 0)
  plane.projects.create('other')
  await expect(takenOver(plane, 'other', 0)).resolves.toBeUndefined()
})
