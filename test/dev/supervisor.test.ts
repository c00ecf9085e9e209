// What the end of a command means to a run of several, with real commands.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'

import { textChecklist } from '../../src/dev/checklist.ts'
import { startChild, type Child } from '../../src/dev/child.ts'
import { Supervisor, type OnExit, type Supervised } from '../../src/dev/supervisor.ts'
import { temporaryFolder } from '../support/temp-home.ts'

const plain = (text: string): string => text

class Run {
  readonly folder = temporaryFolder()
  readonly supervisor: Supervisor
  readonly children: Child[] = []
  output = ''
  readonly #checklist = textChecklist(
    { isTerminal: false, write: (text) => void (this.output += text) },
    { good: plain, bad: plain, warning: plain, dim: plain },
  )

  constructor(onExit: OnExit) {
    this.supervisor = new Supervisor(onExit, this.#checklist)
    onTestFinished(async () => {
      this.supervisor.close()
      await Promise.all(this.children.map(async (child) => child.stop(0)))
    })
  }

  /** An app whose command is a script of sh, started in the folder of the test; without one it is a sidecar alone. */
  app(script?: string, before: Promise<unknown> = Promise.resolve()): Supervised {
    const startCommand = async (): Promise<Child | undefined> => {
      await before
      return script === undefined ? undefined : this.start(['/bin/sh', '-c', script])
    }
    return { startCommand, console: { checklist: this.#checklist } }
  }

  async start(command: readonly [string, ...string[]]): Promise<Child> {
    const child = await startChild({
      command,
      cwd: this.folder,
      env: { PATH: '/usr/bin:/bin' },
      prefix: '',
      stdin: undefined,
      stdout: new PassThrough().resume(),
      stderr: new PassThrough().resume(),
    })
    this.children.push(child)
    return child
  }

  get ended(): Promise<number> {
    return this.supervisor.ended.promise
  }

  file(name: string): string {
    const path = join(this.folder, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }

  go(name: string): void {
    writeFileSync(join(this.folder, name), '')
  }
}

/** Waits for a file of that name. */
const until = (name: string): string => `while [ ! -e ${name} ]; do sleep 0.02; done`

test.each(['stop', 'keep', 'restart'] as const)(
  'with %s, commands that end well end the run with the last of them',
  async (onExit) => {
    const run = new Run(onExit)
    await run.supervisor.start([run.app('exit 0'), run.app(`${until('go')}; echo x > last`)])
    await expect.poll(() => run.output).toContain('ended with exit code 0')
    expect(run.output).not.toContain('all commands have ended')
    run.go('go')
    expect(await run.ended).toBe(0)
    expect(run.file('last')).toBe('x\n')
    expect(run.output).toContain('all commands have ended')
  },
)

test('stop ends the run with the first failure', async () => {
  const run = new Run('stop')
  await run.supervisor.start([run.app('exec sleep 60'), run.app('exit 5')])
  expect(await run.ended).toBe(5)
  expect(run.output).toContain('✗ command          ended with exit code 5; the others are ended')
})

test('keep ends the run when all have ended, with the first failure', async () => {
  const run = new Run('keep')
  const apps = [run.app('kill -KILL $$'), run.app(`${until('go')}; exit 3`), run.app('exit 0')]
  await run.supervisor.start(apps)
  await expect.poll(() => run.output).toContain('was ended by SIGKILL; the others go on')
  run.go('go')
  expect(await run.ended).toBe(137)
})

test('restart waits longer each time, and starts no other command', async () => {
  const run = new Run('restart')
  const failing = `echo x >> starts; [ "$(wc -l < starts)" -lt 3 ] && exit 1; ${until('go')}`
  await run.supervisor.start([run.app(failing), run.app(`echo x >> other; ${until('go')}`)])
  await expect.poll(() => run.file('starts'), { timeout: 10_000 }).toBe('x\nx\nx\n')
  expect(run.output).toMatch(/started again in 0\.5 s[^]*started again in 1 s/)
  run.go('go')
  expect(await run.ended).toBe(0)
  expect(run.file('other')).toBe('x\n')
})

test('a command that cannot be started again ends the run with the reason', async () => {
  const run = new Run('restart')
  let isFirst = true
  const startCommand = async (): Promise<Child> => {
    const command = isFirst ? '/bin/false' : '/no/such/command'
    isFirst = false
    return run.start([command])
  }
  await run.supervisor.start([{ ...run.app(), startCommand }])
  await expect(run.ended).rejects.toMatchObject({ code: 'COMMAND_NOT_STARTED' })
})

test('a signal goes to every command, and none is started again', async () => {
  const run = new Run('restart')
  const app = (name: string): Supervised =>
    run.app(`trap 'echo x > ${name}; exit 9' TERM; echo > ready-${name}; ${until('never')}`)
  await run.supervisor.start([app('a'), app('b'), run.app()])
  await expect.poll(() => run.file('ready-a') + run.file('ready-b')).toBe('\n\n')
  run.supervisor.signal('SIGTERM')
  await run.supervisor.exited
  expect(await run.ended).toBe(143)
  expect(run.file('a') + run.file('b')).toBe('x\nx\n')
  expect(run.children).toHaveLength(2)
})

test('a signal reaches a command that is being started, and is waited for until then', async () => {
  const run = new Run('stop')
  const late = Promise.withResolvers<void>()
  const started = run.supervisor.start([run.app('exec sleep 60', late.promise)])
  run.supervisor.signal('SIGINT')
  late.resolve()
  await started
  await run.supervisor.exited
  expect(await run.ended).toBe(130)
  expect(await run.children[0]?.exited).toBe(130)
})

test('sidecars without commands run until a signal', async () => {
  const run = new Run('stop')
  await run.supervisor.start([run.app(), run.app('exit 0')])
  await expect.poll(() => run.output).toContain('ended with exit code 0')
  expect(await Promise.race([run.ended, Promise.resolve('goes on')])).toBe('goes on')
  run.supervisor.signal('SIGTERM')
  expect(await run.ended).toBe(143)
})

test('all starts are waited for before the first failure is told', async () => {
  const run = new Run('stop')
  const late = Promise.withResolvers<void>()
  const broken = { ...run.app(), startCommand: async () => run.start(['/no/such/command']) }
  const started = run.supervisor.start([broken, run.app('exec sleep 60', late.promise)])
  late.resolve()
  await expect(started).rejects.toMatchObject({ code: 'COMMAND_NOT_STARTED' })
  expect(run.children).toHaveLength(1)
})

test('a shutdown through the API of a sidecar ends the run with its code', async () => {
  const run = new Run('restart')
  await run.supervisor.start([run.app('exec sleep 60')])
  run.supervisor.shutDown(1)
  expect(await run.ended).toBe(1)
})
