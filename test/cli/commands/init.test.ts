// `mcpauth init`
import { existsSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { cli, type CliResult } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

const serverFiles = ['components/bearer.yaml', 'config/bearer-server.yaml']
const clientFiles = [
  'components/mcp-server-endpoint.yaml',
  'components/oauth2.yaml',
  'config/oauth2-client.yaml',
]

function workspace(): {
  folder: string
  mcpauth: ReturnType<typeof cli>
  files: () => string[]
  read: (file: string) => string
} {
  const folder = temporaryFolder()
  return {
    folder,
    mcpauth: cli({ cwd: folder }),
    files: () => globSync('**/*.*', { cwd: folder }).toSorted(),
    read: (file) => readFileSync(join(folder, file), 'utf8'),
  }
}

/** The commands of a list of next steps. */
function commandsIn({ stderr }: CliResult): string[] {
  return [...stderr.matchAll(/^ {2}([^#\s].*)$/gm)].map(([, command = '']) => command)
}

describe('init', () => {
  const cases: [string, string[]][] = [
    ['server', serverFiles],
    ['client', clientFiles],
    ['both', [...serverFiles, ...clientFiles]],
  ]
  it.for(cases)('%s writes files that apply', async ([side, wanted]) => {
    const { mcpauth, files } = workspace()
    const result = await mcpauth(`init ${side}`)
    expect(result.exitCode).toBe(0)
    expect(result.stdout).toBe(wanted.map((path) => `${path} written\n`).join(''))
    expect(files()).toEqual(wanted.toSorted())
    await mcpauth('secret set oauth-secret clientSecret', { stdin: 's3cr3t' })
    const applied = await mcpauth('apply -f components -f config')
    expect(applied).toMatchObject({ exitCode: 0 })
    expect(applied.stderr).toBe(`Project default: ${wanted.length} created.\n`)
  })

  it('fills in what is given, whatever it holds', async () => {
    const { mcpauth, read } = workspace()
    const values = ['--issuer', 'https://auth.example.com/', '--audience', 'a "b": #c']
    const client = ['--client-id', "o'neil", '--server-url', 'https://mcp.example.com']
    expect(await mcpauth(['init', 'both', ...values, ...client])).toMatchObject({ exitCode: 0 })
    expect(read('components/bearer.yaml')).toContain('value: "https://auth.example.com/"')
    expect(read('components/oauth2.yaml')).toContain('value: "https://auth.example.com/token"')
    expect(read('components/oauth2.yaml')).toContain(String.raw`value: "a \"b\": #c"`)
    expect(read('components/mcp-server-endpoint.yaml')).toContain('"https://mcp.example.com"')
    await mcpauth('secret set oauth-secret clientSecret', { stdin: 's3cr3t' })
    expect(await mcpauth('apply -f components -f config')).toMatchObject({ exitCode: 0 })
  })

  it('writes nothing that would not apply', async () => {
    const { mcpauth, files } = workspace()
    const result = await mcpauth('init both --server-url mcp.example.com')
    expect(result).toMatchObject({ exitCode: 2, stdout: '' })
    expect(result.stderr).toContain('components/mcp-server-endpoint.yaml would not be valid: ')
    expect(files()).toEqual([])
  })

  it('tells what to run next', async () => {
    const { mcpauth, folder } = workspace()
    const result = await mcpauth('init both -d my-app')
    expect(commandsIn(result)).toEqual([
      'cd my-app',
      'mcpauth dev idp --client mcp-client --audience mcp-server',
      expect.stringMatching(
        /^mcpauth secret set oauth-secret clientSecret --from-file \S+client-secrets\/mcp-client$/,
      ),
      'mcpauth apply -f components -f config',
      'mcpauth dev run --app-id mcp-server --config config/bearer-server.yaml --resources-path components --app-port 8000 --ingress-port 8080 -- COMMAND',
      'mcpauth dev run --app-id mcp-client --config config/oauth2-client.yaml --resources-path components -- COMMAND',
    ])
    expect(existsSync(join(folder, 'my-app/components/bearer.yaml'))).toBe(true)
    const other = [
      '--issuer',
      'https://auth.example.com',
      '--server-url',
      'https://mcp.example.com',
    ]
    expect(commandsIn(await mcpauth(['init', 'client', ...other]))).toEqual([
      'mcpauth secret set oauth-secret clientSecret',
      'mcpauth apply -f components -f config',
      expect.stringContaining('--app-id mcp-client'),
    ])
  })

  it('overwrites nothing: neither the file that is there, nor a link to nowhere', async () => {
    const { mcpauth, files, folder, read } = workspace()
    mkdirSync(join(folder, 'config'))
    writeFileSync(join(folder, 'config/oauth2-client.yaml'), 'mine')
    symlinkSync('nowhere', join(folder, 'config/bearer-server.yaml'))
    const result = await mcpauth('init both')
    expect(result).toMatchObject({ exitCode: 1, stdout: '' })
    expect(result.stderr).toBe(
      'error: config/bearer-server.yaml, config/oauth2-client.yaml exist. Nothing was written.\n' +
        'hint: Choose another folder with --dir, or overwrite with --force.\n',
    )
    expect(files()).toEqual(['config/bearer-server.yaml', 'config/oauth2-client.yaml'])
    expect(read('config/oauth2-client.yaml')).toBe('mine')

    expect(await mcpauth('init both --force')).toMatchObject({ exitCode: 0 })
    expect(read('config/oauth2-client.yaml')).toContain('kind: Configuration')
    expect(files()).toEqual([...serverFiles, ...clientFiles].toSorted())
    expect(existsSync(join(folder, 'config/nowhere'))).toBe(false)
  })

  it('takes away what it made when a later file cannot be written', async () => {
    const { mcpauth, files, folder } = workspace()
    writeFileSync(join(folder, 'config'), '')
    const result = await mcpauth('init both')
    expect(result).toMatchObject({ exitCode: 1, stdout: '' })
    expect(result.stderr).toMatch(/^error: config\/\S+ cannot be written \(\w+\)\.\nhint: /)
    expect(files()).toEqual([])
  })

  const answers: [string, string[]][] = [
    ['\n', [...serverFiles, ...clientFiles]],
    ['client\n', clientFiles],
    ['S\n', serverFiles],
  ]
  it.for(answers)('asks on a terminal: %j', async ([typed, wanted]) => {
    const { mcpauth, files } = workspace()
    const result = await mcpauth('init', { typed })
    expect(result.stderr).toContain('Which side? client, server, both [both] ')
    expect(files()).toEqual(wanted.toSorted())
  })

  it('does not ask a script, and takes no other answer', async () => {
    const { mcpauth, files } = workspace()
    const silent = await mcpauth('init')
    expect(silent).toMatchObject({ exitCode: 2, stdout: '' })
    expect(silent.stderr).toContain('hint: Name it: mcpauth init client')
    expect(await mcpauth('init', { typed: 'neither\n' })).toMatchObject({ exitCode: 2 })
    const wrong = await mcpauth('init neither')
    expect(wrong.exitCode).toBe(2)
    expect(wrong.stderr).toContain('client, server, both')
    expect(files()).toEqual([])
  })
})
