import { existsSync, mkdtempSync, utimesSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

import { newSocketPath, sweepSockets } from '../../src/dev/private-sockets.ts'

/** A socket file whose process is gone. */
function deadSocket(home: string): string {
  const path = newSocketPath(home)
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', script])
  expect(existsSync(path)).toBe(true)
  return path
}

it('removes what nobody answers at, and nothing that lives or is just starting', async () => {
  const home = mkdtempSync(join(tmpdir(), 'mcpauth-'))
  const old = new Date(Date.now() - 60_000)
  const [dead, fresh, living] = [deadSocket(home), deadSocket(home), newSocketPath(home)]
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(living, resolve))
  for (const path of [dead, living]) utimesSync(path, old, old)
  await sweepSockets(home, Date.now())
  expect([dead, fresh, living].map((path) => existsSync(path))).toEqual([false, true, true])
  server.close()
})

it('keeps the sockets of two long homes apart', () => {
  const home = (name: string): string => join(tmpdir(), 'x'.repeat(90), name)
  const [one, two] = [newSocketPath(home('one')), newSocketPath(home('two'))]
  expect(one.length).toBeLessThan(104)
  expect(join(one, '..')).not.toBe(join(two, '..'))
})
