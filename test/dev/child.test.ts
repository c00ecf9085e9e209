import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'

import { startChild, type Child } from '../../src/dev/child.ts'

interface Started {
  readonly child: Child
  readonly out: Promise<string>
  readonly err: Promise<string>
}

async function start(script: string): Promise<Started> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const child = await startChild({
    command: ['/bin/sh', '-c', script],
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'] ?? '', GREETING: 'hello' },
    prefix: '== APP - x == ',
    stdin: process.stdin,
    stdout,
    stderr,
  })
  void child.exited.then(() => {
    stdout.end()
    stderr.end()
  })
  return { child, out: text(stdout), err: text(stderr) }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

describe('the command', () => {
  it('has its own environment, prefixed output on both streams, and its exit code', async () => {
    const { child, out, err } = await start('echo "$GREETING $HOME"; echo oops >&2; exit 7')
    expect(await child.exited).toBe(7)
    expect(await out).toBe('== APP - x == hello \n')
    expect(await err).toBe('== APP - x == oops\n')
  })

  it('ends with 128 + n when a signal ends it', async () => {
    const { child } = await start('kill -TERM $$')
    expect(await child.exited).toBe(143)
  })

  it('gets signals with its whole group, and is killed after the grace', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcpauth-'))
    const { child, out } = await start(
      `trap '' TERM; sh -c "trap '' TERM; echo ready; sleep 60" & echo $! > ${folder}/pid; wait`,
    )
    await expect
      .poll(() => existsSync(`${folder}/pid`) && readFileSync(`${folder}/pid`, 'utf8').trim())
      .toBeTruthy()
    const pid = Number(readFileSync(`${folder}/pid`, 'utf8'))
    await child.stop(100)
    expect(await child.exited).toBe(137)
    expect(isAlive(pid)).toBe(false)
    await out
  })

  it('leaves nothing behind that it started in the background', async () => {
    const { child, out } = await start('sleep 60 & echo $!')
    expect(await child.exited).toBe(0)
    const pid = Number(/== (\d+)$/m.exec(await out)?.[1])
    expect(isAlive(pid)).toBe(false)
  })

  it('is not waited for by what left its group', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'mcpauth-')), 'pid')
    // The file appears once the process has left the group, and the command ends only then.
    const daemon = `setsid sh -c 'echo $$ > ${file}; exec sleep 60'`
    const { child } = await start(`${daemon} & while [ ! -s ${file} ]; do sleep 0.02; done; exit 3`)
    expect(await child.exited).toBe(3)
    const pid = Number(readFileSync(file, 'utf8'))
    expect(isAlive(pid)).toBe(true)
    process.kill(pid)
  })

  it('that does not exist is named', async () => {
    const failure = startChild({
      command: ['no-such-command-here'],
      cwd: tmpdir(),
      env: { PATH: '/usr/bin' },
      prefix: '',
      stdin: process.stdin,
      stdout: new PassThrough(),
      stderr: new PassThrough(),
    })
    await expect(failure).rejects.toMatchObject({
      code: 'COMMAND_NOT_STARTED',
      message: 'The command no-such-command-here was not found.',
    })
  })

  it('dies with its parent, even when that is killed', async () => {
    const module = new URL('../../src/dev/child.ts', import.meta.url).href
    const parent = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { startChild } from ${JSON.stringify(module)}
       await startChild({ command: ['/bin/sh', '-c', 'echo $$; exec sleep 60'], cwd: '/', env: { PATH: '/usr/bin:/bin' },
         prefix: '', stdin: process.stdin, stdout: process.stdout, stderr: process.stderr })`,
    ])
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.once('data', (line: Buffer) => resolve(Number(line.toString())))
    })
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false)
  })
})
