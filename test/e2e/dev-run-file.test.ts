// `dev run -f` as a process: five apps in one run, how it starts, and that no end of it leaves anything behind.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { freePort, runBinary } from '../support/protected-server.ts'

let folder: string
let env: NodeJS.ProcessEnv
const running: CliProcess[] = []
const names = ['one', 'two', 'three', 'four', 'five']

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcpauth-many-'))
  env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
})
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (run) => run.stop('SIGKILL')))
  rmSync(folder, { recursive: true, force: true })
})

function start(file: object, ...args: string[]): CliProcess {
  writeFileSync(join(folder, 'dapr.yaml'), JSON.stringify({ version: 1, ...file }))
  const run = new CliProcess(['dev', 'run', '-f', 'dapr.yaml', ...args], { cwd: folder, env })
  running.push(run)
  return run
}
const mcpauth = (...args: string[]) => runBinary(args, { cwd: folder, env })
const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** Listens, has a child and a grandchild, which share its group, and fails when it is asked to. */
const app = `
  const shell = require('node:child_process').spawn('sh', ['-c', 'sleep 1000 & echo $!; wait'])
  require('node:http').createServer((request, response) => {
    response.end(process.env.DAPR_APP_ID + ' ' + request.headers['dapr-caller-app-id'])
    if (request.url === '/fail') process.exit(7)
  }).listen(process.env.APP_PORT, '127.0.0.1', () => shell.stdout.once('data', (grandchild) =>
    console.log('pids', process.pid, shell.pid, String(grandchild).trim())))`

/** One that does not end when it is asked to, and whose children do not either. */
const stubborn = `for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {})
  ${app.replace('sleep 1000', 'trap "" INT TERM HUP; sleep 1000')}`

interface Five {
  readonly run: CliProcess
  readonly pids: readonly number[]
  /** Of apps and sidecars. */
  readonly ports: readonly number[]
  readonly appPorts: readonly number[]
}

async function startFive(args: readonly string[] = [], third = app): Promise<Five> {
  const appPorts = await Promise.all(names.map(async () => freePort()))
  const apps = names.map((appID, index) => ({
    appID,
    appPort: appPorts[index],
    command: ['node', '-e', index === 2 ? third : app],
  }))
  const run = start({ apps }, ...args)
  const pids: number[] = []
  const sidecars: number[] = []
  for (const name of names) {
    const found = await run.readUntil(new RegExp(`== APP - ${name} == pids (\\d+) (\\d+) (\\d+)`))
    pids.push(...found.slice(1).map(Number))
    const [, port] = await run.readUntil(new RegExp(`sidecar +${name}: http://127.0.0.1:(\\d+)`))
    sidecars.push(Number(port))
  }
  return { run, pids, ports: [...appPorts, ...sidecars], appPorts }
}

async function expectNothingLeft({ pids, ports }: Five): Promise<void> {
  await expect.poll(() => pids.filter((pid) => isAlive(pid)), { timeout: 8_000 }).toEqual([])
  const held = async () => (await Promise.all(ports.map(isFree))).filter((free) => !free)
  await expect.poll(held, { timeout: 5_000 }).toEqual([])
}

describe('five apps', () => {
  it.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('leave nothing behind after %s', async ([signal, code]) => {
    const five = await startFive()
    expect(await five.run.stop(signal)).toBe(code)
    await expectNothingLeft(five)
    expect(readdirSync(join(folder, 'home', 'run'))).toEqual([])
    expect(five.run.stderr).not.toMatch(/warning|error:|✗/i)
  })

  it.for(['SIGINT', 'SIGKILL'] as const)(
    'leave nothing behind after %s when one of them does not end by itself',
    async (signal) => {
      const five = await startFive([], stubborn)
      expect(await five.run.stop(signal)).toBe(signal === 'SIGINT' ? 130 : signal)
      await expectNothingLeft(five)
    },
  )

  it('leave nothing behind when one of them is killed', async () => {
    const five = await startFive()
    process.kill(five.pids[6] ?? 0, 'SIGKILL')
    expect(await five.run.end()).toBe(137)
    expect(five.run.stderr).toMatch(/✗ command +three: was ended by SIGKILL; the others are ended/)
    await expectNothingLeft(five)
  })

  it('leave nothing behind when a port cannot be had', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const daprHTTPPort = (taken.address() as AddressInfo).port
    const command = ['node', '-e', 'console.log("started")']
    const run = start({
      apps: [
        { appID: 'a', command },
        { appID: 'b', daprHTTPPort, command },
      ],
    })
    expect(await run.end()).toBe(1)
    taken.close()
    expect(run.stderr).toContain(`The port ${daprHTTPPort} is taken by another process.`)
    expect(run.stdout).toBe('')
    expect(readdirSync(join(folder, 'home', 'run'))).toEqual([])
  })

  it('leave nothing behind when one of them fails, with its exit code', async () => {
    const five = await startFive()
    await fetch(`http://127.0.0.1:${five.appPorts[2]}/fail`)
    expect(await five.run.end()).toBe(7)
    expect(five.run.stderr).toMatch(
      /✗ command +three: ended with exit code 7; the others are ended/,
    )
    await expectNothingLeft(five)
    expect(readdirSync(join(folder, 'home', 'run'))).toEqual([])
  })

  it.for(['SIGKILL', 'SIGQUIT', 'SIGABRT'] as const)(
    'leave nothing behind after %s, of which the program knows nothing',
    async (signal) => {
      const five = await startFive()
      expect(await five.run.stop(signal)).toBe(signal)
      await expectNothingLeft(five)
    },
  )

  it('call each other through their sidecars', async () => {
    const { run, ports } = await startFive()
    const url = `http://127.0.0.1:${ports[5]}/v1.0/invoke/four/method/x`
    expect(await (await fetch(url)).text()).toBe('four one')
    expect(await run.stop('SIGINT')).toBe(130)
  })
})

describe('--on-exit', () => {
  it('keep goes on without the app, and ends with its exit code', async () => {
    const five = await startFive(['--on-exit', 'keep'])
    await fetch(`http://127.0.0.1:${five.appPorts[0]}/fail`)
    await five.run.readUntil(/✗ command +one: ended with exit code 7; the others go on/)
    await expect.poll(() => five.pids.slice(0, 3).filter(isAlive)).toEqual([])
    expect(await (await fetch(`http://127.0.0.1:${five.appPorts[1]}/`)).text()).toContain('two')
    for (const port of five.appPorts.slice(1)) await fetch(`http://127.0.0.1:${port}/fail`)
    expect(await five.run.end()).toBe(7)
    await expectNothingLeft(five)
  })

  it('restart starts it again', async () => {
    const five = await startFive(['--on-exit', 'restart'])
    await fetch(`http://127.0.0.1:${five.appPorts[4]}/fail`)
    await five.run.readUntil(/five: ended with exit code 7; it is started again in 0.5 s/)
    await five.run.readUntil(/(== APP - five == pids[^]*){2}/)
    // The two that were started before have gone with it.
    const again = /(?:== APP - five == pids[^]*)== APP - five == pids (\d+) (\d+) (\d+)/
    const pids = again.exec(five.run.stdout)?.slice(1).map(Number) ?? []
    expect(pids.filter(isAlive)).toHaveLength(3)
    expect(await five.run.stop('SIGINT')).toBe(130)
    await expectNothingLeft({ ...five, pids: [...five.pids, ...pids] })
  })

  it('restart ends in order while it waits to start it again', async () => {
    const five = await startFive(['--on-exit', 'restart'])
    process.kill(five.pids[12] ?? 0, 'SIGKILL')
    await five.run.readUntil(/five: was ended by SIGKILL; it is started again/)
    expect(await five.run.stop('SIGTERM')).toBe(143)
    await expectNothingLeft(five)
  })

  it('does not concern commands that end well: the run ends with the last of them', async () => {
    const apps = [
      { appID: 'a', command: 'node -e "console.log(1)"' },
      { appID: 'b', command: ['node', '-e', 'setTimeout(() => console.log(2), 500)'] },
    ]
    const run = start({ apps })
    expect(await run.end()).toBe(0)
    expect(run.stdout).toContain('== APP - a == 1\n')
    expect(run.stdout).toContain('== APP - b == 2\n')
  })
})

describe('the start', () => {
  const endpoint = (name: string): string =>
    JSON.stringify({
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'HTTPEndpoint',
      metadata: { name },
      spec: { baseUrl: 'http://127.0.0.1:1' },
    })

  it('applies all or nothing, and starts nothing before', async () => {
    for (const name of ['a', 'b']) mkdirSync(join(folder, name))
    writeFileSync(join(folder, 'a', 'r.yaml'), endpoint('good'))
    writeFileSync(join(folder, 'b', 'r.yaml'), endpoint('no good'))
    const command = ['node', '-e', 'console.log("started")']
    const apps = ['a', 'b'].map((name) => ({ appDirPath: name, resourcesPath: 'r.yaml', command }))
    const run = start({ apps })
    expect(await run.end()).toBe(2)
    expect(run.stderr).toContain('b/r.yaml:1:')
    expect(run.stdout).toBe('')
    expect(mcpauth('get', 'all', '-o', 'name').stdout).toBe('')
  })

  it('tells what is wrong with the file, and takes no flags of a single app', async () => {
    const run = start({ apps: [{ appId: 'a' }] })
    expect(await run.end()).toBe(2)
    expect(run.stderr).toMatch(/dapr\.yaml:1:\d+ error Unknown field "appId"/)
    const other = start({ apps: [{ appID: 'a' }] }, '--app-id', 'b')
    expect(await other.end()).toBe(2)
    expect(other.stderr).toContain('--app-id and --run-file exclude each other.')
  })

  it("takes the vendor's flags, a server of tokens, and log files", async () => {
    const flags = [
      '--approve',
      '--skip-managed-kv',
      '--skip-managed-pubsub',
      '--skip-default-resiliency',
    ]
    const apps = [
      {
        appID: 'a',
        appLogDestination: 'file',
        daprdLogDestination: 'fileAndConsole',
        command: ['echo', 'hello'],
      },
    ]
    const idp = { port: 0, clients: ['mcp-client'], audience: 'mcp-server' }
    const run = start({ apps, idp, common: { logLevel: 'debug' } }, ...flags)
    expect(await run.end()).toBe(0)
    expect(run.stderr).toMatch(/✓ idp +http:\/\/127/)
    expect(run.stderr.match(/warning/g)).toHaveLength(1)
    expect(run.stdout).toBe('')
    expect(mcpauth('secret', 'list', '-o', 'name').stdout).toContain('mcp-client')
    const logs = readdirSync(join(folder, '.dapr', 'logs'))
    const file = logs.find((name) => name.startsWith('a_app_')) ?? ''
    expect(readFileSync(join(folder, '.dapr', 'logs', file), 'utf8')).toBe('hello\n')
    expect(logs.some((name) => name.startsWith('a_daprd_'))).toBe(true)
  })

  it('puts the output of all apps where --app-log-destination says, over the file', async () => {
    const apps = [
      { appID: 'a', command: ['echo', 'of a'] },
      { appID: 'b', appLogDestination: 'console', command: ['echo', 'of b'] },
    ]
    const run = start({ apps }, '--app-log-destination', 'all')
    expect(await run.end()).toBe(0)
    expect(run.stdout.split('\n').toSorted()).toEqual([
      '',
      '== APP - a == of a',
      '== APP - b == of b',
    ])
    const logs = join(folder, '.dapr', 'logs')
    const texts = readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8'))
    expect(texts.toSorted()).toEqual(['of a\n', 'of b\n'])
  })
})
