// `mcpauth __complete`: what is offered where, and that asking neither complains nor changes anything.
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import type { ArgumentSpec, OptionSpec } from '../../../src/cli/command.ts'
import { commands } from '../../../src/cli/commands/index.ts'
import { errorCatalog } from '../../../src/core/errors.ts'
import { allRules } from '../../../src/manifest/lint/lint.ts'
import { runCli } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

/** Values offered after the words of `line`; what stands after its last blank is begun. */
async function offered(line: string, home?: string): Promise<string[]> {
  const argv = ['__complete', ...line.split(' ')]
  const { exitCode, stdout, stderr } = await runCli(argv, home === undefined ? {} : { home })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout.split('\n').flatMap((each) => (each === '' ? [] : [each.split('\t')[0] ?? '']))
}

describe('completion offers', () => {
  const cases: [string, string[]][] = [
    ['ap', ['apply', 'appid', 'app']],
    ['mcpserver access g', ['grant', 'get']],
    ['appid ', ['create', 'get', 'list', 'update', 'delete']],
    ['help appid u', ['update']],
    ['--no-color project u', ['use']],
    ['apply --d', ['--dry-run', '--debug']],
    ['apply -f x --f', ['--file']],
    ['project list --o', ['--output']],
    ['project list -o json --o', []],
    ['project list -o ', ['table', 'json', 'yaml', 'name']],
    ['project list --output=y', ['--output=yaml']],
    ['project list -o json ', ['--debug', '--no-color', '--help']],
    ['--n', ['--no-color']],
    ['call ', ['invoke', 'mcp']],
    ['call --mcp-t', ['--mcp-tool']],
    ['call --mcp-tool add --ar', ['--arg', '--args']],
    ['call invoke g', ['get']],
    ['init ', ['client', 'server', 'both']],
    ['init s', ['server']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['apply -f ', [':files']],
    ['apply --file=comp', [':files']],
    ['dev run --app-dir-path ', [':folders']],
    ['dev run --app-id a -- ', [':files']],
    ['dev run node --app-i', [':files']],
    ['schema http', ['HTTPEndpoint']],
    ['schema middleware.http.b', ['middleware.http.bearer']],
    ['schema component middleware.http.b', ['middleware.http.bearer']],
    ['schema component http', []],
    ['schema httpendpoint middleware', []],
    ['explain store_', ['STORE_UNUSABLE', 'STORE_NEWER', 'STORE_BUSY']],
    ['nonsense ', []],
    ['project nonsense ', []],
    ['apply --nonsense=', []],
    ['dev idp --port ', []],
  ]
  it.for(cases)('after "%s"', async ([line, expected]) => {
    expect(await offered(line)).toEqual(expected)
  })

  it('every command, its options, and what they mean', async () => {
    for (const { path, load } of commands) {
      const words = path.split(' ')
      expect(await offered(words.join(' '))).toContain(words.at(-1))
      const { options } = await load()
      const flags = await offered(`${path} --`)
      for (const name of Object.keys(options)) expect(flags).toContain(`--${name}`)
    }
    const { stdout } = await runCli(['__complete', 'explai'])
    expect(stdout).toBe('explain\tExplain an error code or a lint rule: why, and what to do\n')
    expect(await offered('explain ')).toEqual([...Object.keys(errorCatalog), ...allRules.keys()])
  })

  it('paths for every value that is one', async () => {
    const paths: Readonly<Record<string, string>> = { FILE: 'files', PATH: 'files', DIR: 'folders' }
    for (const { path, load } of commands) {
      const { options } = await load()
      for (const [name, spec] of Object.entries(options)) {
        // These are paths of URLs.
        if (['app-health-check-path', 'path'].includes(name)) continue
        expect(completesOf(spec), `${path} --${name}`).toBe(
          paths[valueOf(spec)] ?? completesOf(spec),
        )
      }
    }
  })
})

function completesOf(spec: ArgumentSpec | OptionSpec): string | undefined {
  return 'completes' in spec ? spec.completes : undefined
}

function valueOf(spec: OptionSpec): string {
  return 'value' in spec ? spec.value : ''
}

describe('completion of names', () => {
  async function store(): Promise<string> {
    const home = join(temporaryFolder(), 'home')
    const run = async (argv: string[], stdin = ''): Promise<void> => {
      expect(await runCli(argv, { home, stdin })).toMatchObject({ exitCode: 0 })
    }
    await run(['project', 'create', 'first'])
    await run(['project', 'create', 'second', '--use'])
    await run(['appid', 'create', 'mcp-client'])
    await run(['appid', 'create', 'mcp-server', '--project', 'first'])
    await run(['secret', 'set', 'oauth-secret', 'clientSecret'], 'canary')
    await run(['secret', 'set', 'oauth-secret', 'other'], 'canary')
    await run(
      ['apply', '-f', '-'],
      [
        'apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: { name: config-a }\nspec: {}\n',
        'apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: { name: env }\n' +
          'spec: { type: secretstores.local.env, metadata: [{ name: prefix, value: A_ }] }\n',
        'apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata: { name: remote }\n' +
          'spec: { baseUrl: "https://a.example" }\n',
        'apiVersion: dapr.io/v1alpha1\nkind: MCPServer\nmetadata: { name: calculator }\n' +
          'spec: { endpoint: { stdio: { command: calculator } } }\n',
      ].join('---\n'),
    )
    return home
  }

  it('is about the project that the command means', async () => {
    const home = await store()
    const cases: [string, string[]][] = [
      ['project use ', ['default', 'first', 'second']],
      ['apply -p f', ['first']],
      ['appid get ', ['calculator', 'mcp-client']],
      ['appid get --project first ', ['mcp-server']],
      ['appid get -pfirst ', ['mcp-server']],
      ['appid get --project=first ', ['mcp-server']],
      ['appid get --project nowhere ', []],
      ['dev run --app-id ', ['calculator', 'mcp-client']],
      ['mcpserver access grant calculator --caller m', ['mcp-client']],
      ['appid update mcp-client --app-config ', ['config-a']],
      ['component get ', ['env']],
      ['configuration delete c', ['config-a']],
      ['httpendpoint get ', ['remote']],
      ['mcpserver access test ', ['calculator']],
      ['secret delete ', ['oauth-secret']],
      ['secret delete oauth-secret ', ['clientSecret', 'other']],
    ]
    for (const [line, expected] of cases) expect(await offered(line, home), line).toEqual(expected)
    const env = { MCPAUTH_PROJECT: 'first' }
    const { stdout } = await runCli(['__complete', 'appid', 'get', ''], { home, env })
    expect(stdout).toBe('mcp-server\t\n')
  })

  it('makes nothing where there is no store', async () => {
    const home = join(temporaryFolder(), 'home')
    expect(await offered('project use ', home)).toEqual([])
    expect(existsSync(home)).toBe(false)
  })

  it('leaves a store as it is, and says nothing of one that it cannot read', async () => {
    const home = await store()
    const file = join(home, 'control-plane.db')
    const before = readFileSync(file)
    await offered('project use ', home)
    expect(readFileSync(file)).toEqual(before)
    for (const name of readdirSync(home)) expect(statSync(join(home, name)).mode & 0o077).toBe(0)

    writeFileSync(file, 'no database')
    expect(await offered('project use ', home)).toEqual([])
    chmodSync(file, 0)
    expect(await offered('appid get ', home)).toEqual([])
  })
})
