// `mcpauth secret …`
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import type { JsonObject } from '../../../src/core/json.ts'
import type { Resource } from '../../../src/core/resource.ts'
import { Secret } from '../../../src/core/secret.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { openControlPlane } from '../../../src/control-plane/control-plane.ts'
import { cli, runCli } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

const canary = 'canary-93c1'

describe('secret', () => {
  it('is set, replaced, listed without its value, and deleted', async () => {
    const mcpauth = cli()
    const set = await mcpauth('secret set oauth clientSecret', { stdin: `${canary}\n` })
    expect(set).toEqual({ exitCode: 0, stdout: 'secret/oauth/clientSecret created\n', stderr: '' })
    const again = await mcpauth('secret set oauth clientSecret', { stdin: 'other' })
    expect(again.stdout).toBe('secret/oauth/clientSecret configured\n')
    const same = await mcpauth('secret set oauth clientSecret', { stdin: 'other' })
    expect(same.stdout).toBe('secret/oauth/clientSecret unchanged\n')
    expect((await mcpauth('secret set oauth', { stdin: 'x' })).stdout).toBe(
      'secret/oauth/oauth created\n',
    )
    const { stdout } = await mcpauth('secret list -o json')
    expect(JSON.parse(stdout)).toMatchObject({
      items: [{ kind: 'Secret', metadata: { name: 'oauth' } }],
    })
    expect((await mcpauth('secret list')).stdout).toMatch(/^oauth {2}clientSecret/m)
    const deleted = await mcpauth('secret delete oauth clientSecret --yes')
    expect(deleted.stdout).toBe('secret/oauth/clientSecret deleted\n')
    expect((await mcpauth('secret delete oauth --yes')).stdout).toBe('secret/oauth deleted\n')
    expect((await mcpauth('secret list -o name')).stdout).toBe('')
    const gone = await mcpauth('secret delete oauth --yes')
    expect(gone.exitCode).toBe(1)
    expect(gone.stderr).toContain('There is no secret "oauth"')
  })

  const values: [string, string | Uint8Array, string | undefined][] = [
    ['one line break at the end is left out', 'a b\n', 'a b'],
    ['a Windows one as well', 'a b\r\n', 'a b'],
    ['a second one belongs to it', 'a\n\n', 'a\n'],
    ['text in other scripts is kept', 'gehëim 🔑', 'gehëim 🔑'],
    ['nothing is refused', '', undefined],
    ['a lone line break is refused', '\n', undefined],
    ['a NUL is refused', 'a\0b', undefined],
    ['what is no text is refused', new Uint8Array([0xff, 0xfe]), undefined],
    ['64 KiB fit', `${'x'.repeat(65_536)}\n`, 'x'.repeat(65_536)],
    ['more is refused', 'x'.repeat(65_537), undefined],
  ]
  it.for(values)('from standard input and from a file: %s', async ([, given, stored]) => {
    const folder = temporaryFolder()
    const home = join(folder, 'home')
    writeFileSync(join(folder, 'value'), given)
    const first = await runCli(['secret', 'set', 'a'], { home, stdin: given })
    const argv = ['secret', 'set', 'b', '--from-file', join(folder, 'value')]
    const second = await runCli(argv, { home })
    expect([first.exitCode, second.exitCode]).toEqual(stored === undefined ? [2, 2] : [0, 0])
    if (stored === undefined) return
    expect(reader(home)(['a', 'b'])).toEqual([stored, stored])
  })

  it('comes from the environment', async () => {
    const home = join(temporaryFolder(), 'home')
    const env = { VALUE: `${canary}\n` }
    const set = await runCli(['secret', 'set', 'a', '--from-env', 'VALUE'], { home, env })
    expect(set.exitCode).toBe(0)
    expect(reader(home)(['a'])).toEqual([`${canary}\n`])
    const unset = await runCli(['secret', 'set', 'a', '--from-env', 'UNSET'], { home })
    expect(unset.exitCode).toBe(2)
    expect(unset.stderr).toContain('UNSET is not set')
  })

  it('is asked for on a terminal, with a chance to correct it', async () => {
    const home = join(temporaryFolder(), 'home')
    const typed = `wrong\u0015${canary}xx\u007f\u007f\r`
    const set = await runCli(['secret', 'set', 'a'], { home, typed })
    expect(set.stderr).toBe('Value of a/a: \n')
    expect(reader(home)(['a'])).toEqual([canary])
    const interrupted = await runCli(['secret', 'set', 'a'], { home, typed: 'abc\u0003' })
    expect(interrupted.exitCode).toBe(130)
  })

  it('has one source', async () => {
    const both = await runCli('secret set a --from-env A --from-file b'.split(' '))
    expect(both).toMatchObject({ exitCode: 2, stdout: '' })
    const missing = await runCli('secret set a --from-file /nowhere/at/all'.split(' '))
    expect(missing.exitCode).toBe(2)
    expect(missing.stderr).toBe(
      'error: The file /nowhere/at/all does not exist.\n' +
        'hint: Name a file that holds nothing but the secret.\n',
    )
    const folder = await runCli(['secret', 'set', 'a', '--from-file', temporaryFolder()])
    expect(folder.stderr).toContain('cannot be read (EISDIR)')
  })

  it('of a client that dev idp has not made yet: says how to make it', async () => {
    for (const file of ['/nowhere/dev-idp/client-secrets/mcp-client', 'dev-idp/client-secrets/a']) {
      const { exitCode, stderr } = await runCli(['secret', 'set', 'a', '--from-file', file])
      expect(exitCode).toBe(2)
      expect(stderr).toBe(
        `error: The file ${file} does not exist.\n` +
          'hint: Start mcpauth dev idp --client NAME first: it makes the file.\n',
      )
    }
  })

  it('in use is kept, unless forced', async () => {
    const mcpauth = cli()
    const folder = temporaryFolder()
    const file = join(folder, 'oauth2.yaml')
    const guide = readFileSync('fixtures/guide/components/oauth2.yaml', 'utf8')
    writeFileSync(file, guide.replace('<your-client-id>', 'id'))
    await mcpauth('secret set oauth-secret clientSecret', { stdin: canary })
    expect((await mcpauth(['apply', '-f', file])).exitCode).toBe(0)
    const refused = await mcpauth('secret delete oauth-secret --yes')
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toContain('Component "oauth2"')
    expect((await mcpauth('secret delete oauth-secret --force')).exitCode).toBe(0)
  })

  it('stands in no output and in no file', async () => {
    const folder = temporaryFolder()
    const home = join(folder, 'home')
    mkdirSync(join(folder, 'in'))
    const lines = ['secret set a', 'secret set a k -o json', 'secret set a k -o yaml --debug']
    const shows = ['secret list', 'secret list -o json', 'secret list -o yaml', 'project list']
    for (const line of [...lines, ...shows]) {
      const { stdout, stderr } = await runCli(line.split(' '), { home, stdin: canary })
      expect(stdout + stderr).not.toContain(canary)
    }
    for (const file of readdirSync(home)) {
      expect(readFileSync(join(home, file)).includes(canary), file).toBe(false)
    }
  })
})

/** Reads secrets the only way there is: through a handler whose settings refer to them. */
function reader(home: string): (names: readonly string[]) => string[] {
  return (names) => {
    const plane = openControlPlane({ home, clock: systemClock, env: {} })
    try {
      plane.apply('default', [handlerComponent(names), pipeline, appIdentity])
      const [found] = plane.snapshot('default', 'reader').httpPipeline
      const metadata = found?.problem === undefined ? found?.metadata : undefined
      return Object.values(metadata ?? {}).map((value) =>
        value instanceof Secret ? value.reveal() : value,
      )
    } finally {
      plane.close()
    }
  }
}

const type = 'middleware.http.oauth2'

function handlerComponent(names: readonly string[]): Resource {
  const metadata = names.map((name) => ({ name, secretKeyRef: { name, key: name } }))
  return {
    ...resource('Component', 'c', { type, version: 'v1', metadata }),
    references: names.map((name, index) => ({
      to: 'secret' as const,
      store: undefined,
      name,
      key: name,
      pointer: `/spec/metadata/${index}/secretKeyRef/name`,
    })),
  }
}

const pipeline = resource('Configuration', 'config', {
  httpPipeline: { handlers: [{ name: 'c', type }] },
})
const appIdentity = resource('AppIdentity', 'reader', { appConfig: 'config' })

function resource(kind: string, name: string, spec: JsonObject): Resource {
  return {
    apiVersion: 'dapr.io/v1alpha1',
    kind,
    name,
    manifest: { apiVersion: 'dapr.io/v1alpha1', kind, metadata: { name }, spec },
    digest: '',
    sensitive: [],
    references: [],
    origin: { file: 'e.yaml', start: { line: 1, column: 1 }, positions: {} },
  }
}
