// The completion scripts in the real shells. zsh and fish are tried where they are installed.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

import { scripts, type Shell } from '../../../src/cli/complete/scripts.ts'
import { runCli } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

/** A folder with a file and a folder in it, a store with a project, and `mcpauth` on the path. */
async function place(): Promise<{ folder: string; env: NodeJS.ProcessEnv }> {
  const folder = temporaryFolder()
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  mkdirSync(join(folder, 'work', 'components dir'), { recursive: true })
  writeFileSync(join(folder, 'work', 'config.yaml'), '')
  writeFileSync(join(bin, 'mcpauth'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`)
  chmodSync(join(bin, 'mcpauth'), 0o755)
  const home = join(folder, 'home')
  await runCli(['project', 'create', 'my-project'], { home })
  const env = {
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    MCPAUTH_HOME: home,
    LC_ALL: 'C.UTF-8',
  }
  return { folder, env }
}

interface Asking {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
}

/** Asks a shell what it offers at the end of the line. */
type Ask = (line: string, asking: Asking) => string[]

function run(shell: Shell, script: string, args: readonly string[], { folder, env }: Asking) {
  const file = join(folder, `ask.${shell}`)
  writeFileSync(file, script)
  const flags = { bash: ['--norc'], zsh: ['-f'], fish: ['--no-config'] }[shell]
  const { stdout, stderr } = spawnSync(shell, [...flags, file, ...args], {
    cwd: join(folder, 'work'),
    env,
    encoding: 'utf8',
    timeout: 10_000,
  })
  expect(stderr).toBe('')
  return stdout.split('\n').filter((line) => line !== '')
}

/** bash has no way to be asked; this is what readline does, with its rule for what separates words. */
const askBash: Ask = (line, asking) => {
  const words = line.split(/ |(?<=[=:])|(?=[=:])/)
  const ask = `${scripts.bash}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_mcpauth
printf '%s\\n' "\${COMPREPLY[@]}"
`
  return run('bash', ask, words, asking)
}

/** The completion system of zsh needs a terminal: its functions that the script calls print what they would offer. */
const askZsh: Ask = (line, asking) => {
  const ask = `compdef() { : }
compset() { PREFIX=\${PREFIX#--*=} }
_describe() { print -rl -- \${(@)\${(P@)2}%%:*} }
_files() { [[ $1 == -/ ]] && print -rl -- $PREFIX*(N/) || print -rl -- $PREFIX*(N) }
${scripts.zsh}
words=("$@"); CURRENT=$#; PREFIX=\${words[CURRENT]}
_mcpauth
`
  return run('zsh', ask, line.split(' '), asking)
}

const askFish: Ask = (line, asking) => {
  const ask = `${scripts.fish}\ncomplete -C $argv[1]\n`
  return run('fish', ask, [line], asking).map((each) => each.split('\t')[0] ?? '')
}

const shells: [Shell, Ask][] = [
  ['bash', askBash],
  ['zsh', askZsh],
  ['fish', askFish],
]

describe.for(shells)('in %s', ([shell, ask]) => {
  it('completes', { timeout: 60_000 }, async ({ skip }) => {
    skip(spawnSync(shell, ['--version']).status !== 0, `${shell} is not installed here`)
    const asking = await place()
    const words = (line: string): string[] => ask(`mcpauth ${line}`, asking).toSorted()
    expect(words('ap')).toEqual(['app', 'appid', 'apply'])
    expect(words('apply --dr')).toEqual(['--dry-run'])
    expect(words('project list -o y')).toEqual(['yaml'])
    expect(words('project use ')).toEqual(['default', 'my-project'])
    expect(words('apply -f con')).toEqual(['config.yaml'])
    expect(words('init -d comp').map((each) => each.replace(/\/$/, ''))).toEqual(['components dir'])
    expect(words('project nonsense ')).toEqual([])
  })
})

describe('values behind an equals sign', () => {
  it('are completed in bash, which takes it for the end of a word', async () => {
    const asking = await place()
    expect(askBash('mcpauth project list --output=y', asking)).toEqual(['yaml'])
    expect(askBash('mcpauth apply --file=con', asking)).toEqual(['config.yaml'])
  })
})
