// Files and texts made to hurt: each must end in a diagnostic, in reasonable time, with the process alive.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { hasErrors, readManifests, readTexts } from '../../src/manifest/read.ts'
import { renderDiagnostics } from '../../src/manifest/render.ts'

const manifest = `apiVersion: dapr.io/v1alpha1
kind: HTTPEndpoint
metadata:
  name: NAME
spec:
  baseUrl: https://mcp.example.com
`
const stdin = () => Promise.resolve(Buffer.from(named('stdin')))
const plain = { error: String, warning: String, dim: String }
const onUnix = process.platform !== 'win32'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mcpauth-manifests-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('files', () => {
  test('a folder is read recursively, in order, without hidden files and leftovers', async () => {
    mkdirSync(join(root, 'b/.hidden'), { recursive: true })
    put('b/two.yml', named('two'))
    put('a.yaml', named('one'))
    put('c.json', JSON.stringify({ not: 'a manifest' }))
    put('d.json', JSON.stringify({ kind: 'a manifest' }))
    for (const name of ['.x.yaml', 'a.yaml~', '.a.yaml.swp', 'b/.hidden/x.yaml', 'readme.txt']) {
      put(name, 'not: read')
    }
    const batch = await read(root)
    expect([...batch.sources.keys()]).toEqual(
      ['a.yaml', 'b/two.yml', 'd.json'].map((name) => `${root}/${name}`),
    )
    expect(batch.resources.map(({ name }) => name)).toEqual(['one', 'two'])
  })

  test('a file of any extension can be named, and one named twice is read once', async () => {
    put('manifest.txt', named('one'))
    const path = join(root, 'manifest.txt')
    const batch = await read(path, path, '-', '-')
    expect(batch.diagnostics).toEqual([])
    expect([...batch.sources.keys()]).toEqual([path, '<stdin>'])
  })

  test.each([
    ['missing', 'does not exist'],
    ['.', 'contains no manifests'],
  ])('%s: %s', async (name, message) => {
    expect(await refusals(join(root, name))).toContain(message)
  })

  test.runIf(onUnix)('a FIFO does not block', async () => {
    execFileSync('mkfifo', [join(root, 'pipe.yaml')])
    expect(await refusals(root)).toContain('not a regular file')
    expect(await refusals(join(root, 'pipe.yaml'))).toContain('not a regular file')
  })

  test.runIf(onUnix)('a socket and a device are refused', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(join(root, 'socket.yaml'), resolve)
    })
    expect(await refusals(root)).toContain('not a regular file')
    await new Promise((resolve) => {
      server.close(resolve)
    })
    expect(await refusals('/dev/zero')).toContain('not a regular file')
  })

  test.runIf(onUnix)('links are followed inside the folder and no further', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'mcpauth-outside-'))
    writeFileSync(join(outside, 'secret.yaml'), named('outside'))
    mkdirSync(join(root, 'sub'))
    put('sub/one.yaml', named('one'))
    symlinkSync('sub/one.yaml', join(root, 'link.yaml'))
    symlinkSync('..', join(root, 'sub/loop'))
    const inside = await read(root)
    expect(inside.diagnostics).toEqual([])
    expect(inside.resources.map(({ name }) => name)).toEqual(['one'])

    symlinkSync(join(outside, 'secret.yaml'), join(root, 'z.yaml'))
    expect(await refusals(root)).toContain('leads out of the folder')
    const { resources } = await read(root)
    expect(resources.map(({ name }) => name)).toEqual(['one'])
    rmSync(join(root, 'z.yaml'))
    symlinkSync(outside, join(root, 'zz'))
    expect(await refusals(root)).toContain('leads out of the folder')
    rmSync(join(root, 'zz'))
    symlinkSync('nowhere', join(root, 'z.yaml'))
    expect(await refusals(root)).toContain('leads nowhere')
    rmSync(outside, { recursive: true })
  })

  test('a file of secrets beside the manifests is left out of the folder, and never shown', async () => {
    put('secrets.json', '{"oauth": "CANARY-FLAT", "mcp": {"a": "CANARY-NEST"}}')
    put('a.yaml', named('one'))
    const { diagnostics, resources } = await read(root)
    expect(diagnostics).toEqual([])
    expect(resources.map(({ name }) => name)).toEqual(['one'])
    put('shadow.yaml', 'root:CANARY-HASH:1\n')
    put('two.yaml', `${named('two')}---\nmcp: CANARY-NEST\n`)
    for (const name of ['secrets.json', 'shadow.yaml', 'two.yaml']) {
      const batch = await read(join(root, name))
      const text = renderDiagnostics(batch.diagnostics, batch.sources, plain)
      expect(text).toContain(name)
      expect(text).not.toContain('CANARY')
    }
  })

  test('a huge file is refused without being read', async () => {
    put('huge.yaml', '')
    truncateSync(join(root, 'huge.yaml'), 10 * 1024 ** 3)
    expect(await refusals(root)).toContain('larger than 16 MiB')
  })

  test.runIf(onUnix && process.getuid?.() !== 0)('an unreadable file is named', async () => {
    put('a.yaml', named('one'))
    chmodSync(join(root, 'a.yaml'), 0)
    expect(await refusals(root)).toContain('EACCES')
  })

  test.each([
    ['UTF-16', Buffer.from(`\ufeff${manifest}`, 'utf16le'), 'UTF-16'],
    ['UTF-16 without a mark', Buffer.from(manifest, 'utf16le'), 'UTF-16'],
    ['Latin-1', Buffer.from('name: caf\xe9', 'latin1'), 'not valid UTF-8'],
    ['NUL', Buffer.from(`${manifest}#\0`), 'U+0000'],
    ['escape', Buffer.from(`${manifest}# \u001b[31m`), 'U+001B'],
    ['carriage return', Buffer.from('a: 1\rb: 2\n'), 'carriage return'],
  ])('%s is refused', async (_, bytes, message) => {
    put('a.yaml', bytes)
    expect(await refusals(root)).toContain(message)
  })

  test('a byte order mark and CRLF are no problem, and places stay right', async () => {
    put('a.yaml', `\ufeff${named('one').replaceAll('\n', '\r\n')}`)
    const batch = await read(root)
    expect(batch.diagnostics).toEqual([])
    expect(batch.resources[0]?.origin.positions['/spec/baseUrl']).toEqual({ line: 6, column: 12 })
    expect(batch.resources[0]?.origin.positions['/apiVersion']).toEqual({ line: 1, column: 13 })
  })
})

describe('texts', () => {
  const levels = (count: number) =>
    Array.from({ length: count }, (_, level) => `${' '.repeat(level)}a:`).join('\n')
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: 9 }, (_, level) => {
      const previous = `*${'abcdefghij'[level] ?? ''}`
      return `k${level}: &${'bcdefghijk'[level] ?? ''} [${Array(9).fill(previous).join(', ')}]`
    }),
  ].join('\n')

  test.each([
    ['closed flow nesting', `${'['.repeat(1000)}${']'.repeat(1000)}`, 'too-deep'],
    ['open flow nesting', '{a: '.repeat(100_000), 'too-deep'],
    ['list nesting', `${'- '.repeat(3000)}a`, 'too-deep'],
    ['block nesting', levels(500), 'too-deep'],
    ['explicit keys', `${'? '.repeat(300)}a`, 'too-deep'],
    ['alias bomb', bomb, 'alias'],
    ['alias cycle', 'a: &a [*a]', 'alias'],
    ['unknown alias', 'a: *a', 'alias'],
    [
      'many anchors',
      Array.from({ length: 101 }, (_, n) => `a${n}: &a${n} 1`).join('\n'),
      'too-many-aliases',
    ],
    ['function tag', "a: !!js/function 'x'", 'tag'],
    ['binary tag', 'a: !!binary aGk=', 'tag'],
    ['tags before nesting', `${'- !a b\n'.repeat(200)}${'- '.repeat(3000)}a`, 'too-deep'],
    ['own tag', 'a: !Foo b', 'tag'],
    ['directive', '%YAML 1.1\n---\na: 1', 'directive'],
    ['merge key', '<<: { a: 1 }', 'merge-key'],
    ['prototype', '__proto__: { a: 1 }', 'key'],
    ['constructor', 'a: { constructor: 1 }', 'key'],
    ['duplicate key', 'a: 1\na: 2', 'duplicate-key'],
    ['complex key', '? [a]\n: b', 'syntax'],
    ['escaped NUL', 'a: "\\0"', 'control-character'],
    ['escape in a key', '"\\e[31m": 1', 'key'],
    ['infinity', 'a: .inf', 'value'],
    ['large document', `# ${'x'.repeat(1024 * 1024)}\n${manifest}`, 'too-large'],
    ['many documents', '---\na: 1\n'.repeat(20_001), 'too-many-documents'],
  ])('%s', (_, text, rule) => {
    // Twice: a nesting bomb once aborted the process on its second parse only.
    for (const file of ['first.yaml', 'second.yaml']) {
      const { diagnostics, resources } = readTexts([{ file, text }])
      expect(diagnostics.map((diagnostic) => diagnostic.rule)).toContain(rule)
      expect(hasErrors(diagnostics)).toBe(true)
      expect(resources).toEqual([])
    }
  })

  test('core tags and 64 levels are allowed', () => {
    const text = `${named('one')}  headers: !!seq\n    - { name: !!str a, value: b }\n`
    expect(readTexts([{ file: 'a', text }]).diagnostics).toEqual([])
    const { diagnostics } = readTexts([{ file: 'a', text: levels(60) }])
    expect(diagnostics.map(({ rule }) => rule)).not.toContain('too-deep')
  })

  test('everything that a document must not contain is named at once', () => {
    const text = `%YAML 1.1\n---\na: !Foo b\nc: !Bar d\n---\n? - !Baz e\n`
    const { diagnostics } = readTexts([{ file: 'a', text }])
    expect(diagnostics.map(({ rule, start }) => `${start.line} ${rule}`)).toEqual([
      '1 directive',
      '3 tag',
      '4 tag',
      '6 tag',
    ])
    const many = readTexts([{ file: 'a', text: '- !a b\n'.repeat(1000) }])
    expect(many.diagnostics).toHaveLength(100)
  })

  test('a document that is refused does not hide the problems of the others', () => {
    const text = `a: !Foo b\n---\n${named('one')}---\na: 1\na: 2\n`
    const { diagnostics, resources } = readTexts([{ file: 'a', text }])
    expect(diagnostics.map(({ rule }) => rule)).toEqual(['tag', 'duplicate-key'])
    expect(resources.map(({ name }) => name)).toEqual(['one'])
  })

  test('10,000 documents in one file keep their places', () => {
    const text = Array.from({ length: 10_000 }, (_, index) => `---\n${named(`n${index}`)}`).join('')
    const { diagnostics, resources } = readTexts([{ file: 'a', text }])
    expect(diagnostics).toEqual([])
    expect(resources).toHaveLength(10_000)
    expect(resources.at(-1)?.origin.positions['/metadata/name']).toEqual({
      line: 69_998,
      column: 9,
    })
  })
})

function put(name: string, content: string | Uint8Array): void {
  writeFileSync(join(root, name), content)
}

function named(name: string): string {
  return manifest.replace('NAME', name)
}

function read(...paths: string[]) {
  return readManifests(paths, { stdin })
}

/** The sentences of all errors. */
async function refusals(path: string): Promise<string> {
  const { diagnostics } = await read(path)
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  return errors.map(({ message }) => message).join('\n')
}
