// `mcpauth apply`
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

import { cli, type CliResult } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

const guide = fileURLToPath(new URL('../../../fixtures/guide', import.meta.url))
const canary = 'canary-a81e'
const clientFiles = [
  '-f',
  'components/mcp-server-endpoint.yaml',
  '-f',
  'components/oauth2.yaml',
  '-f',
  'config/oauth2-client.yaml',
]

/** The guide's folder, with the client's name filled in and its secret stored in the project in use. */
async function guideFolder(): Promise<{
  folder: string
  mcpauth: (words: string | readonly string[], stdin?: string) => Promise<CliResult>
}> {
  const folder = temporaryFolder()
  cpSync(guide, folder, { recursive: true })
  const component = join(folder, 'components', 'oauth2.yaml')
  writeFileSync(component, readFileSync(component, 'utf8').replace('<your-client-id>', 'my-client'))
  const run = cli({ cwd: folder })
  await run('project create my-project --use')
  await run('secret set oauth-secret clientSecret', { stdin: canary })
  return { folder, mcpauth: (words, stdin = '') => run(words, { stdin }) }
}

function edit(folder: string, file: string, from: string, to: string): void {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  expect(text).toContain(from)
  writeFileSync(path, text.replace(from, to))
}

describe('apply', () => {
  it("runs the guide's lines, once and again", async () => {
    const { mcpauth } = await guideFolder()
    expect(await mcpauth(['apply', '--project', 'my-project', ...clientFiles])).toEqual({
      exitCode: 0,
      stdout:
        'httpendpoint/mcp-server created\ncomponent/oauth2 created\n' +
        'configuration/oauth2-client-config created\n',
      stderr: 'Project my-project: 3 created.\n',
    })
    const server = 'apply -f components/bearer.yaml -f config/bearer-server.yaml'
    expect((await mcpauth(server)).stdout).toBe(
      'component/bearer-validator created\nconfiguration/bearer-server-config created\n',
    )
    const all = await mcpauth('apply -f components -f config')
    expect(all.stdout.split('\n').filter((line) => line.endsWith(' unchanged'))).toHaveLength(5)
    expect(all.stderr).toBe('Project my-project: 5 unchanged.\n')
  })

  it('tells every problem at its place and then writes nothing', async () => {
    const { folder, mcpauth } = await guideFolder()
    edit(folder, 'components/bearer.yaml', 'kind: Component', 'kind: Componet')
    edit(folder, 'components/mcp-server-endpoint.yaml', 'baseUrl:', 'baseURI:')
    const refused = await mcpauth('apply -f components')
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
    expect(refused.stderr).toMatch(/^components\/bearer\.yaml:2:7 error .*\[/m)
    expect(refused.stderr).toMatch(/^components\/mcp-server-endpoint\.yaml:6:3 error /m)
    expect(refused.stderr).toContain('Did you mean')
    expect(refused.stderr).toMatch(/2 problems in the manifests. Nothing was applied\.\n$/)
    expect((await mcpauth('component list -o name')).stdout).toBe('')
  })

  it('of nothing is a failure that names the source', async () => {
    const { folder, mcpauth } = await guideFolder()
    writeFileSync(join(folder, 'empty.yaml'), '---\n')
    const fromFile = await mcpauth('apply -f empty.yaml --dry-run')
    expect(fromFile).toMatchObject({ exitCode: 2, stdout: '' })
    expect(fromFile.stderr).toMatch(/^empty\.yaml:1:1 error empty\.yaml holds no manifest\./)
    const fromPipe = await mcpauth('apply -f -')
    expect(fromPipe).toMatchObject({ exitCode: 2, stdout: '' })
    expect(fromPipe.stderr).toContain('<stdin> holds no manifest.')
    expect((await mcpauth('apply -f empty.yaml -f components')).exitCode).toBe(0)
  })

  it('as JSON tells problems in one object', async () => {
    const { folder, mcpauth } = await guideFolder()
    edit(folder, 'components/mcp-server-endpoint.yaml', 'baseUrl:', 'baseURI:')
    const { exitCode, stdout, stderr } = await mcpauth('apply -f components -o json')
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    const { error } = JSON.parse(stderr) as { error: { diagnostics: object[] } }
    expect(error).toMatchObject({ code: 'MANIFEST_INVALID' })
    expect(error.diagnostics).toMatchObject([
      { file: 'components/mcp-server-endpoint.yaml', start: { line: 6, column: 3 } },
    ])
  })

  it('resolves references, and says how to make what is missing', async () => {
    const { mcpauth } = await guideFolder()
    await mcpauth('secret delete oauth-secret --yes')
    const refused = await mcpauth(['apply', ...clientFiles])
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toMatch(/^components\/oauth2\.yaml:\d+:\d+ error /m)
    expect(refused.stderr).toContain('mcpauth secret set oauth-secret clientSecret')
    const missing = await mcpauth('apply -f config/oauth2-client.yaml')
    expect(missing.exitCode).toBe(2)
  })

  it('tells what is wrong between the readable files even when others cannot be read', async () => {
    const { folder, mcpauth } = await guideFolder()
    await mcpauth('secret delete oauth-secret --yes')
    edit(folder, 'components/bearer.yaml', 'kind: Component', 'kind: Componet')
    edit(folder, 'config/oauth2-client.yaml', 'name: oauth2\n', 'name: oauth3\n')
    for (const line of [
      'apply -f components -f config',
      'apply -f components -f config --dry-run',
    ]) {
      const { exitCode, stdout, stderr } = await mcpauth(line)
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
      const places = [...stderr.matchAll(/^(\S+?):\d+:\d+ error .*\[(.*)\]$/gm)]
      // The Configuration of the server names the Component that cannot be read: that it is missing would be untrue.
      expect(places.map(([, file, rule]) => `${file} ${rule}`)).toEqual([
        'components/bearer.yaml unknown-kind',
        'components/oauth2.yaml missing-secret',
        'config/oauth2-client.yaml unknown-component',
      ])
    }
    writeFileSync(join(folder, 'config', 'broken.yaml'), 'kind: [')
    const { stderr } = await mcpauth('apply -f components -f config')
    expect(stderr).toContain('[missing-secret]')
    expect(stderr).not.toContain('[unknown-component]')
  })

  it('names the project in its hints when it is not the one in use', async () => {
    const { mcpauth } = await guideFolder()
    await mcpauth('project create other')
    const { stderr } = await mcpauth('apply --project other -f components/oauth2.yaml')
    expect(stderr).toContain('mcpauth secret set oauth-secret clientSecret --project other\n')
  })

  it('with --dry-run shows field by field what would change, and changes nothing', async () => {
    const { folder, mcpauth } = await guideFolder()
    expect((await mcpauth('apply -f components --dry-run')).stdout).toContain(
      'component/oauth2 created (dry run)\n',
    )
    expect((await mcpauth('component list -o name')).stdout).toBe('')
    await mcpauth('apply -f components')
    edit(folder, 'components/mcp-server-endpoint.yaml', 'https://my-mcp', 'https://your-mcp')
    const endpoint = 'apply -f components/mcp-server-endpoint.yaml'
    expect((await mcpauth(`${endpoint} --dry-run`)).stdout).toBe(
      'httpendpoint/mcp-server configured (dry run)\n' +
        '  ~ /spec/baseUrl: "https://my-mcp-server.example.com" → "https://your-mcp-server.example.com"\n',
    )
    const { stdout } = await mcpauth(`${endpoint} --dry-run -o json`)
    expect(JSON.parse(stdout)).toMatchObject({
      items: [
        {
          kind: 'HTTPEndpoint',
          metadata: { name: 'mcp-server' },
          status: { action: 'configured', dryRun: true, changes: [{ pointer: '/spec/baseUrl' }] },
        },
      ],
    })
    expect((await mcpauth(endpoint)).stdout).toBe('httpendpoint/mcp-server configured\n')
  })

  it('reads standard input, and what "get -o yaml" prints', async () => {
    const { folder, mcpauth } = await guideFolder()
    const text = readFileSync(join(folder, 'components', 'oauth2.yaml'), 'utf8')
    expect((await mcpauth('apply -f -', text)).stdout).toBe('component/oauth2 created\n')
    await mcpauth('apply -f components -f config')
    await mcpauth('appid update mcp-server --app-config bearer-server-config')
    const gets = [
      'component get oauth2',
      'configuration get oauth2-client-config',
      'httpendpoint get mcp-server',
      'appid get mcp-server',
    ]
    for (const get of gets) {
      for (const format of ['yaml', 'json']) {
        const { stdout } = await mcpauth(`${get} -o ${format}`)
        const again = await mcpauth('apply -f - -o json', stdout)
        expect(again.exitCode, again.stderr).toBe(0)
        expect(JSON.parse(again.stdout)).toMatchObject({
          items: [{ status: { action: 'unchanged' } }],
        })
      }
    }
    const broken = await mcpauth('apply -f -', 'kind: [')
    expect(broken.stderr).toMatch(/^<stdin>:1:\d+ error /m)
  })

  it('prints names for scripts, and warnings beside the data', async () => {
    const { folder, mcpauth } = await guideFolder()
    expect((await mcpauth('apply -f components/oauth2.yaml -o name')).stdout).toBe(
      'component/oauth2\n',
    )
    const store = 'apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: store}\n'
    writeFileSync(join(folder, 'store.yaml'), `${store}spec: {type: state.redis, version: v1}\n`)
    const { exitCode, stdout, stderr } = await mcpauth('apply -f store.yaml -o json')
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ items: [{ metadata: { name: 'store' } }] })
    expect(stderr).toMatch(/^store\.yaml:\d+:\d+ warning /)
  })

  it('shows no secret that a manifest holds', async () => {
    const { folder, mcpauth } = await guideFolder()
    const reference = /secretKeyRef:\s+name: oauth-secret\s+key: clientSecret/
    const path = join(folder, 'components', 'oauth2.yaml')
    const inline = readFileSync(path, 'utf8').replace(reference, `value: ${canary}`)
    const lines: [string, string][] = [
      ['apply -f - --dry-run', inline],
      ['apply -f -', inline],
      ['apply -f - --dry-run', inline.replace(canary, `${canary}-2`)],
      ['apply -f - --dry-run -o json', inline.replace(canary, `${canary}-2`)],
      ['apply -f -', inline.replace('clientSecret', 'clientSecrt')],
      ['apply -f - -o json', inline.replace('authURL', 'authUR')],
      ['component get oauth2 -o yaml', ''],
      ['component get oauth2 -o json', ''],
      ['component list -o json', ''],
    ]
    for (const [line, stdin] of lines) {
      const { stdout, stderr } = await mcpauth(line, stdin)
      expect(stdout + stderr, line).not.toContain(canary)
    }
    expect((await mcpauth('component get oauth2 -o yaml')).stdout).toContain('***')
    const changed = await mcpauth('apply -f - --dry-run', inline.replace(canary, `${canary}-2`))
    expect(changed.stdout).toBe(
      'component/oauth2 configured (dry run)\n  ~ /spec/metadata[clientSecret]/value: changed (hidden)\n',
    )
  })

  it('of nothing, or of what is not there, is an error', async () => {
    const { mcpauth } = await guideFolder()
    const missing = await mcpauth('apply -f nowhere.yaml')
    expect(missing).toMatchObject({ exitCode: 2, stdout: '' })
    expect(missing.stderr).toContain('nowhere.yaml')
    const project = await mcpauth('apply -f components --project my-projec')
    expect(project.exitCode).toBe(1)
    expect(project.stderr).toContain('Did you mean "my-project"')
  })
})

describe('applying again what was applied', () => {
  const valid = fileURLToPath(new URL('../../../fixtures/manifests/valid', import.meta.url))
  const files = readdirSync(valid).filter((file) => /\.(?:yaml|json)$/.test(file))

  it.each(files)('says the same of %s, whether it was read again or not', async (file) => {
    const run = cli({ cwd: valid })
    for (const format of ['table', 'json']) {
      const again = (): Promise<CliResult> => run(['apply', '-f', file, '-o', format])
      await again()
      const short = await again()
      // Whatever changes in the store makes the next one read everything.
      await run('secret set anything key', { stdin: format })
      expect(short).toEqual(await again())
    }
  })
})
