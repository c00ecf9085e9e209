// R12: `dev run` that is ended at any moment, by any signal, leaves no process and no held port.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { expect, it } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { freePort } from '../support/protected-server.ts'
import { rounds, seededRandom } from '../support/rounds.ts'
import { temporaryFolder } from '../support/temp-home.ts'

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const
/** Long enough for a whole start on a busy machine, so that runs are hit before, in and after it. */
const longestMs = 2_000

/** An app that listens, with a child and a grandchild. */
const app = `require('node:child_process').spawn('sh', ['-c', 'sleep 1000 & wait'])
  require('node:http').createServer((_, response) => response.end()).listen(process.env.APP_PORT, '127.0.0.1')`

/** Processes that carry `mark` in their environment, which all descendants inherit. */
function marked(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const isZombie = readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
        return !isZombie && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)
      } catch {
        return false
      }
    })
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

it.skipIf(!existsSync('/proc/self/environ'))(
  'ends with its whole process tree',
  async () => {
    const folder = temporaryFolder()
    const random = seededRandom(12)
    const mark = `MCPAUTH_ORPHAN_TEST=${process.pid}-${folder}`
    const [name = '', value = ''] = mark.split(/=(.*)/s)
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      MCPAUTH_HOME: join(folder, 'home'),
      [name]: value,
    }
    for (let round = 0; round < rounds(8, 200); round += 1) {
      const ports = [await freePort(), await freePort()]
      const [appPort = 0, sidecarPort = 0] = ports
      const flags = [
        '--app-id',
        'app',
        '--app-port',
        `${appPort}`,
        '--dapr-http-port',
        `${sidecarPort}`,
      ]
      const run = new CliProcess(['dev', 'run', ...flags, '--', process.execPath, '-e', app], {
        cwd: folder,
        env,
      })
      await wait(random() * longestMs)
      const signal = signals[Math.floor(random() * signals.length)] ?? 'SIGKILL'
      await run.stop(signal)
      const left = async () => ({
        processes: marked(mark),
        ports: (await Promise.all(ports.map(isFree))).filter((free) => !free).length,
      })
      await expect
        .poll(left, { timeout: 15_000, message: `round ${round}, ${signal}` })
        .toEqual({ processes: [], ports: 0 })
    }
  },
  rounds(120_000, 1_800_000),
)
