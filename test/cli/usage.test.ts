// Wrong command lines: one or two lines, exit code 2, and no value that might be a secret.
import { describe, expect, it } from 'vitest'

import { runCli } from '../support/run-cli.ts'

const canary = 'canary-7f3a'

describe('a wrong command line', () => {
  const cases: [string, RegExp, RegExp][] = [
    ['aply -f x', /Unknown command 'aply'/, /Did you mean apply/],
    ['project crate x', /Unknown command 'crate'/, /Did you mean create/],
    ['apply --projet x', /Unknown option '--projet'/, /Did you mean --project/],
    ['apply', /The option --file is missing/, /-f, --file <PATH>/],
    ['project create', /Missing required argument 'NAME'/, /--help/],
    ['project list -o xml', /argument 'xml' is invalid.*table, json, yaml, name/, /--help/],
    ['appid create a --app-health-threshold 0', /whole number from 1 on/, /--help/],
    ['appid create a --app-health-threshold 1e3', /whole number from 1 on/, /--help/],
    ['apply components/bearer.yaml', /Too many arguments/, /apply -f PATH/],
    ['diff components/bearer.yaml', /Too many arguments/, /diff -f PATH/],
    ['delete components/bearer.yaml', /Too many arguments/, /delete -f PATH/],
    ['component delete one two', /Too many arguments/, /--help/],
    ['secret set a b c', /Too many arguments/, /--from-file or --from-env/],
    ['apply -f', /'-f, --file <PATH>' argument missing/, /--help/],
  ]
  it.for(cases)('%s', async ([line, message, hint]) => {
    const { exitCode, stdout, stderr } = await runCli(line.split(' '))
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(hint)
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2)
  })

  const misplaced: string[][] = [
    ['secret', 'set', 'name', 'key', canary],
    ['secret', 'set', 'name', 'key', `${canary}\n(${canary})`],
    ['appid', 'update', 'a', `--app-tokn=${canary}`],
    ['appid', 'update', 'a', `--app-tokn=x\n(${canary})`],
    ['appid', 'update', 'a', '--app-token', `${canary}\nbroken: line`],
    ['appid', 'update', 'a', '--app-token', canary, '--app-token-from-env', 'X'],
  ]
  it.for(misplaced)('repeats no secret: %j', async (argv) => {
    for (const more of [[], ['-o', 'json'], ['--debug']]) {
      const { exitCode, stdout, stderr } = await runCli([...argv, ...more])
      expect(exitCode).toBe(2)
      expect(stdout + stderr).not.toContain(canary)
    }
  })

  it('is reported as JSON where results are', async () => {
    const { exitCode, stderr } = await runCli(['project', 'get', 'x', '--nonsense', '-o', 'json'])
    expect(exitCode).toBe(2)
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'USAGE' } })
  })
})

describe('--version', () => {
  it.for(['--version', '-V'])('%s', async (flag) => {
    const { exitCode, stdout } = await runCli([flag])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
