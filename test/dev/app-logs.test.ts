// Where the output of apps and the log of their sidecars go, with a real command.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { AppLogs } from '../../src/dev/app-logs.ts'
import { startChild } from '../../src/dev/child.ts'
import { devConsole, type DevConsole } from '../../src/dev/console.ts'
import type { AppOptions } from '../../src/dev/run-file.ts'
import type { LogDestination } from '../../src/dev/run-options.ts'
import { temporaryFolder } from '../support/temp-home.ts'

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5), monotonic: () => 0 }
const plain = (text: string): string => text
const style = { good: plain, bad: plain, warning: plain, error: plain, dim: plain }

function options(appDirPath: string, more: Partial<AppOptions> = {}): AppOptions {
  return {
    project: undefined,
    appId: 'con',
    appPort: undefined,
    config: undefined,
    resourcesPaths: [],
    env: {},
    appDirPath,
    daprHttpPort: 0,
    ingressPort: undefined,
    maxBodyBytes: 1,
    health: {},
    allowedUrls: new Set(),
    enableApiLogging: false,
    logFormat: 'text',
    command: [],
    appLogDestination: 'file',
    sidecarLogDestination: 'console',
    ...more,
  }
}

const record = {
  time: 0,
  door: 'ingress',
  caller: undefined,
  principal: undefined,
  target: 'con',
  method: 'GET',
  path: '/x',
  status: 200,
  durationMs: 1,
  reason: undefined,
  api: false,
} as const

test('the lines of a command are whole in its file, whose name is one on Windows too', async () => {
  const folder = temporaryFolder()
  const logs = new AppLogs(clock)
  const script = `for n in 1 2 3 4 5; do printf 'out'; printf 'err' >&2; echo " $n"; echo " $n" >&2; done; printf end`
  const child = await startChild({
    command: ['/bin/sh', '-c', script],
    cwd: folder,
    env: { PATH: '/usr/bin:/bin' },
    prefix: 'never shown ',
    stdin: undefined,
    stdout: undefined,
    stderr: undefined,
    log: logs.open(options(folder), 'app'),
  })
  expect(await child.exited).toBe(0)
  await logs.close()
  const names = readdirSync(join(folder, '.dapr', 'logs'))
  expect(names).toEqual(['con_app_20260102030405.log'])
  const lines = readFileSync(join(folder, '.dapr', 'logs', names[0] ?? ''), 'utf8').split('\n')
  const numbers = ['1', '2', '3', '4', '5']
  const wanted = [...numbers.flatMap((n) => [`out ${n}`, `err ${n}`]), 'end', '']
  expect(lines.toSorted()).toEqual(wanted.toSorted())
})

test.each([
  ['console', true, false],
  ['file', false, true],
  ['fileAndConsole', true, true],
] satisfies [LogDestination, boolean, boolean][])(
  'the log of a sidecar with destination %s',
  async (sidecarLogDestination, isShown, isFiled) => {
    const folder = temporaryFolder()
    const app = options(folder, { sidecarLogDestination })
    let shown = ''
    const output = { isTerminal: false, write: (text: string) => void (shown += text) }
    const onScreen = devConsole(app, { style, clock }, output, 'con')
    const logs = new AppLogs(clock)
    const console: DevConsole = logs.console(app, onScreen)
    console.logger.info('said')
    console.accessLog(record)
    await console.quietly(async () => console.logger.error('not said'))
    console.checklist.done('sidecar', 'always on the screen')
    await logs.close()
    expect(shown).toContain('always on the screen')
    const files = isFiled ? readdirSync(join(folder, '.dapr', 'logs')) : []
    expect(files).toEqual(isFiled ? ['con_daprd_20260102030405.log'] : [])
    const filed = files.map((name) => readFileSync(join(folder, '.dapr', 'logs', name), 'utf8'))
    for (const [text, isThere] of [
      [shown, isShown],
      [filed.join(''), isFiled],
    ] as const) {
      expect([text.includes('info: said'), text.includes('GET /x')]).toEqual([isThere, isThere])
      expect(text).not.toContain('not said')
    }
  },
)

test('a folder of the app that is not there is not made', () => {
  const folder = join(temporaryFolder(), 'no-such')
  expect(() => new AppLogs(clock).open(options(folder), 'app')).toThrow('(ENOENT)')
  expect(existsSync(folder)).toBe(false)
})

test('a log that cannot be written is an error of the start, with its path', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, '.dapr'))
  writeFileSync(join(folder, '.dapr', 'logs'), 'a file')
  expect(() => new AppLogs(clock).open(options(folder), 'app')).toThrow(
    /The log .*con_app_20260102030405\.log cannot be written \(E\w+\)/,
  )
})
