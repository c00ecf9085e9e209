// Ending the processes of sidecars, and removing what is left of dead ones; the processes are real, and run no sidecar.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import type { ControlPlane } from '../../src/control-plane/control-plane.ts'
import { cleanUp, stopSessions } from '../../src/dev/stop.ts'
import { open, temporaryHome } from '../control-plane/builders.ts'

async function started(script: string): Promise<ChildProcess> {
  const child = spawn('/bin/sh', ['-c', `${script}; echo ready; while :; do sleep 0.05; done`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

function register(plane: ControlPlane, child: ChildProcess, appId: string, socketPath = ''): void {
  plane.appIds.ensure('default', appId)
  const { pid = 0 } = child
  plane.sessions.register({
    project: 'default',
    appId,
    pid,
    socketPath,
    httpPort: 1,
    startedAt: 0,
  })
}

const isGone = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null
const names = (sessions: readonly { appId: string }[]): string[] =>
  sessions.map(({ appId }) => appId)

test('a process is ended with everything it serves, and no other one', async () => {
  const plane = open(temporaryHome())
  const many = await started("trap 'exit 0' TERM")
  const other = await started('true')
  for (const appId of ['one', 'two']) register(plane, many, appId)
  register(plane, other, 'three')
  const gone = once(many, 'exit')
  expect(names(await stopSessions(plane, 'default', ['ONE']))).toEqual(['one', 'two'])
  expect(await gone).toEqual([0, null])
  expect(isGone(other)).toBe(false)
  expect(names(plane.sessions.list('default'))).toEqual(['three'])
  expect(names(await stopSessions(plane, 'default', undefined))).toEqual(['three'])
  expect(await stopSessions(plane, 'default', undefined)).toEqual([])
})

test('nothing is ended when one of the names is not there', async () => {
  const plane = open(temporaryHome())
  const child = await started('true')
  register(plane, child, 'mcp-server')
  await expect(stopSessions(plane, 'default', ['mcp-server', 'mcp-sevrer'])).rejects.toMatchObject({
    code: 'SESSION_NOT_FOUND',
    hint: expect.stringContaining('mcp-server') as string,
  })
  expect(isGone(child)).toBe(false)
})

test('a process that does not end is told of', async () => {
  const plane = open(temporaryHome())
  const child = await started("trap '' TERM")
  register(plane, child, 'stubborn')
  await expect(stopSessions(plane, 'default', ['stubborn'], 200)).rejects.toMatchObject({
    code: 'SESSION_NOT_STOPPED',
    message: `Process ${child.pid} did not end.`,
  })
})

test('records and sockets of dead processes go, those of live ones stay', async () => {
  const home = temporaryHome()
  const plane = open(home)
  const [live, dead] = [await started('true'), await started('true')]
  const [liveSocket, deadSocket] = ['live.sock', 'dead.sock'].map((name) => join(home, 'run', name))
  mkdirSync(join(home, 'run'), { mode: 0o700 })
  for (const path of [liveSocket, deadSocket]) writeFileSync(path ?? '', '')
  register(plane, live, 'live', liveSocket)
  register(plane, dead, 'dead', deadSocket)
  dead.kill('SIGKILL')
  await once(dead, 'exit')
  await expect(stopSessions(plane, 'default', ['dead'])).rejects.toMatchObject({
    code: 'SESSION_NOT_FOUND',
  })
  const { sessions } = await cleanUp(plane, home, Date.now())
  expect(names(sessions)).toEqual(['dead'])
  expect([existsSync(liveSocket ?? ''), existsSync(deadSocket ?? '')]).toEqual([true, false])
  expect(names(plane.sessions.list('default'))).toEqual(['live'])
})
