// Whether a command is there: the same answer as starting it gives.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'

import { startChild } from '../../src/dev/child.ts'
import { checkCommand, type CommandPlace } from '../../src/dev/command-check.ts'
import { temporaryFolder } from '../support/temp-home.ts'

async function failureOf(work: () => unknown): Promise<unknown> {
  try {
    await work()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : error
  }
}

async function started(file: string, { cwd, env }: CommandPlace): Promise<void> {
  const child = await startChild({
    command: [file],
    cwd,
    env: { PATH: env['PATH'] ?? '' },
    prefix: '',
    stdin: process.stdin,
    stdout: new PassThrough(),
    stderr: new PassThrough(),
  })
  await child.exited
}

describe('a command', () => {
  const folder = (): string => {
    const top = temporaryFolder()
    mkdirSync(join(top, 'bin', 'folder'), { recursive: true })
    mkdirSync(join(top, 'more'))
    writeFileSync(join(top, 'bin', 'tool'), '#!/bin/sh\n')
    writeFileSync(join(top, 'bin', 'text'), 'x')
    writeFileSync(join(top, 'more', 'shadowed'), '#!/bin/sh\n')
    writeFileSync(join(top, 'bin', 'shadowed'), 'x')
    writeFileSync(join(top, 'here'), '#!/bin/sh\n')
    for (const name of ['bin/tool', 'more/shadowed', 'here']) chmodSync(join(top, name), 0o700)
    return top
  }

  it.for([
    ['tool', undefined],
    ['shadowed', undefined],
    ['bin/tool', undefined],
    ['./here', undefined],
    ['here', undefined],
    ['tol', 'The command tol was not found.'],
    ['./tool', 'The command ./tool was not found.'],
    ['text', 'The command text could not be started (EACCES).'],
    ['bin/text', 'The command bin/text could not be started (EACCES).'],
    ['folder', 'The command folder could not be started (EACCES).'],
  ] as const)('%s is found, or not, as when it is started', async ([file, message]) => {
    const cwd = folder()
    const place = { cwd, env: { PATH: `${cwd}/bin:more::/nowhere` } }
    expect(await failureOf(() => started(file, place))).toBe(message)
    expect(await failureOf(() => checkCommand(file, place))).toBe(message)
  })

  it('is left to the system where there is no PATH', () => {
    expect(() => checkCommand('no-such-command', { cwd: '/', env: {} })).not.toThrow()
  })
})
