// The command line as the built binary: many processes at once, pipes that close, signals, a real terminal.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { binary, CliProcess } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/temp-home.ts'

const canary = 'canary-e7b4'

function environment(): { env: NodeJS.ProcessEnv; home: string } {
  const home = join(temporaryFolder(), 'home')
  return { home, env: { PATH: process.env['PATH'], MCPAUTH_HOME: home } }
}

function endpoints(label: string, count: number): string {
  return Array.from(
    { length: count },
    (_, index) =>
      `---\napiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata: {name: ${label}-${index}}\n` +
      'spec: {baseUrl: "https://example.com"}\n',
  ).join('')
}

describe('eight processes at once', () => {
  it('on a folder that does not exist yet lose nothing', async () => {
    const { env, home } = environment()
    const labels = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const applies = labels.map((label) => {
      const process = new CliProcess(['apply', '-f', '-'], { env })
      process.child.stdin.end(endpoints(label, 20))
      return process
    })
    const codes = await Promise.all(applies.map((process) => process.end()))
    expect(codes, applies.map(({ stderr }) => stderr).join('')).toEqual(labels.map(() => 0))
    const list = new CliProcess(['httpendpoint', 'list', '-o', 'json'], { env })
    expect(await list.end()).toBe(0)
    const { items } = JSON.parse(list.stdout) as { items: { metadata: { name: string } }[] }
    const expected = labels.flatMap((label) =>
      Array.from({ length: 20 }, (_, n) => `${label}-${n}`),
    )
    expect(items.map(({ metadata }) => metadata.name).toSorted()).toEqual(expected.toSorted())
    expect(statSync(home).mode & 0o777).toBe(0o700)
  })

  it('that create one App ID make it once, with one token', async () => {
    const { env } = environment()
    const create = ['appid', 'create', 'mcp-server', '--ignore-if-exists']
    const creates = Array.from({ length: 8 }, () => new CliProcess(create, { env }))
    const codes = await Promise.all(creates.map((process) => process.end()))
    expect(codes).toEqual(Array.from({ length: 8 }, () => 0))
    const created = creates.filter(({ stdout }) => stdout.endsWith(' created\n'))
    expect(created).toHaveLength(1)
  })
})

describe('the end of the output', () => {
  it('is the end of the command, and no failure', async () => {
    const { env } = environment()
    for (const argv of [['--help'], ['project', 'list']]) {
      const process = new CliProcess(argv, { env })
      process.child.stdout.destroy()
      expect(await process.end()).toBe(0)
      expect(process.stderr).toBe('')
    }
  })
})

describe.skipIf(!existsSync('/proc/self'))('a home where no folder can be made', () => {
  it.for([
    ['/proc/x', 'project', 'list'],
    ['/proc/x/y/z', 'project', 'list'],
    ['/proc/x', 'dev', 'idp', '--port', '0'],
  ])('is refused at once: %j', ([home = '', ...argv]) => {
    const { status, stderr } = spawnSync(process.execPath, [binary, ...argv], {
      env: { ...environment().env, MCPAUTH_HOME: home },
      encoding: 'utf8',
      timeout: 10_000,
      killSignal: 'SIGKILL',
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error: \/proc\/x\S* cannot be created there\.\nhint: .*MCPAUTH_HOME/)
  })
})

describe.skipIf(!existsSync('/dev/full'))('an output on a full disk', () => {
  const toFullDisk = (env: NodeJS.ProcessEnv, ...argv: string[]): CliProcess => {
    const line = [process.execPath, binary, ...argv].map((word) => `'${word}'`).join(' ')
    return new CliProcess([], { env, command: ['sh', '-c', `exec ${line} > /dev/full`] })
  }

  it('is said, and fails', async () => {
    const { env } = environment()
    for (const argv of [['--help'], ['project', 'list'], ['project', 'get', 'default']]) {
      const process = toFullDisk(env, ...argv)
      expect([await process.end(), process.stderr]).toEqual([
        1,
        'error: Standard output cannot be written (ENOSPC).\n',
      ])
    }
  })

  it('ends a command that runs, in order', async () => {
    const { env, home } = environment()
    const script = `trap 'echo ended >&2; exit 7' TERM; while :; do echo tick; sleep 0.02; done`
    const args = ['--dapr-http-port', '0', '--app-id', 'client', '--', 'sh', '-c']
    const quoted = script.replaceAll("'", `'\\''`)
    const process = toFullDisk(env, 'dev', 'run', ...args, quoted)
    expect(await process.end()).toBe(1)
    expect(process.stderr).toContain('error: Standard output cannot be written (ENOSPC).')
    expect(process.stderr).toContain('== ended')
    expect(readdirSync(join(home, 'run'))).toEqual([])
  })
})

describe('an interrupt', () => {
  it('ends a command that waits for its input with 130', async () => {
    const { env, home } = environment()
    const process = new CliProcess(['apply', '-f', '-'], { env })
    // The control plane is opened right before the input is read.
    await expect.poll(() => existsSync(join(home, 'control-plane.db'))).toBe(true)
    process.child.kill('SIGINT')
    expect(await process.end()).toBe(130)
    expect(process.stdout + process.stderr).toBe('')
  })
})

/** Of util-linux: runs a command on a pseudo-terminal. */
const terminalProgram = 'script'
const hasTerminal = spawnSync(terminalProgram, ['--version']).status === 0

describe.skipIf(!hasTerminal)('on a terminal', () => {
  const onTerminal = (env: NodeJS.ProcessEnv, ...argv: string[]): CliProcess => {
    const line = [process.execPath, binary, ...argv].map((word) => `'${word}'`).join(' ')
    return new CliProcess([], { env, command: [terminalProgram, '-qec', line, '/dev/null'] })
  }

  it('a secret is asked for and not shown', async () => {
    const { env } = environment()
    const set = onTerminal(env, 'secret', 'set', 'oauth-secret', 'clientSecret')
    await set.readUntil(/Value of oauth-secret\/clientSecret: /)
    set.child.stdin.write(`${canary}\r`)
    expect(await set.end()).toBe(0)
    expect(set.stdout).toContain('secret/oauth-secret/clientSecret created')
    expect(set.stdout).not.toContain(canary)
  })

  it('an interrupt at the question leaves everything as it was', async () => {
    const { env } = environment()
    const set = onTerminal(env, 'secret', 'set', 'a')
    await set.readUntil(/Value of a\/a: /)
    set.child.stdin.write('abc\u0003')
    expect(await set.end()).toBe(130)
    const list = new CliProcess(['secret', 'list', '-o', 'name'], { env })
    expect([await list.end(), list.stdout]).toEqual([0, ''])
  })

  it('errors are coloured, unless NO_COLOR', async () => {
    const { env } = environment()
    const colored = onTerminal({ ...env, TERM: 'xterm' }, 'project', 'get', 'x')
    expect(await colored.end()).toBe(1)
    expect(colored.stdout).toContain('\u001b[31m')
    const plain = onTerminal({ ...env, TERM: 'xterm', NO_COLOR: '1' }, 'project', 'get', 'x')
    expect(await plain.end()).toBe(1)
    expect(plain.stdout).not.toContain('\u001b[')
  })

  it('deleting asks first', async () => {
    const { env } = environment()
    expect(await new CliProcess(['project', 'create', 'p'], { env }).end()).toBe(0)
    const refused = onTerminal(env, 'project', 'delete', 'p')
    await refused.readUntil(/\[y\/N\] /)
    refused.child.stdin.write('n\n')
    expect(await refused.end()).toBe(1)
    const confirmed = onTerminal(env, 'project', 'delete', 'p')
    await confirmed.readUntil(/\[y\/N\] /)
    confirmed.child.stdin.write('y\n')
    expect(await confirmed.end()).toBe(0)
    expect(confirmed.stdout).toContain('project/p deleted')
  })
})
