// Run file → options of its apps: where paths start, what common gives, what contradicts.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { loadRunFile, type LoadedRunFile } from '../../src/dev/run-file.ts'
import { splitWords } from '../../src/dev/split-words.ts'
import { temporaryFolder } from '../support/temp-home.ts'

const defaults = { project: undefined, logFormat: 'text', allowedUrls: new Set<string>() } as const

async function load(
  text: string,
  folders: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Promise<LoadedRunFile> {
  const cwd = temporaryFolder()
  for (const folder of folders) mkdirSync(join(cwd, folder), { recursive: true })
  writeFileSync(join(cwd, 'x', 'dapr.yaml'), text)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content)
  const stdin = async () => new Uint8Array()
  return loadRunFile({ path: join(cwd, 'x'), cwd, stdin }, defaults)
}

test('paths start where Dapr starts them, and the nearer one stands', async () => {
  const { options, diagnostics } = await load(
    `version: 1
common: { enableAppHealthCheck: true, appHealthThreshold: 2, resourcesPath: common, configFilePath: common.yaml, env: { A: 010, B: common }, maxBodySize: 1Ki, readBufferSize: 64Ki, appLogDestination: all, daprdLogDestination: file }
apps:
- { appDirPath: Server, appPort: 8000, resourcesPaths: [own], configFilePath: own.yaml, env: { B: true } }
- { appID: hidden, appDirPath: hidden, enableAppHealthCheck: false, appHealthCheckPath: /up, daprHTTPPort: 3500, ingressPort: 0, publicURL: https://x.test/, appLogDestination: file }
- { appID: plain, command: "node 'a b.js' --x=\\"1 2\\"", appConfig: c, maxBodySize: 5, readBufferSize: 2048 }
`,
    ['x/Server', 'x/hidden/.dapr/resources'],
  )
  expect(diagnostics).toEqual([])
  expect(options?.apps).toMatchObject([
    {
      appId: 'server',
      appPort: 8000,
      daprHttpPort: 0,
      config: 'x/Server/own.yaml',
      resourcesPaths: ['x/Server/own'],
      env: { A: '010', B: 'true' },
      maxBodyBytes: 1024,
      maxHeaderBytes: 65_536,
      health: { enabled: true, threshold: 2 },
      appLogDestination: 'fileAndConsole',
      sidecarLogDestination: 'file',
    },
    {
      appId: 'hidden',
      daprHttpPort: 3500,
      ingressPort: 0,
      publicUrl: 'https://x.test',
      appLogDestination: 'file',
      health: { enabled: false, threshold: 2, path: '/up' },
      config: 'x/common.yaml',
      resourcesPaths: ['x/hidden/.dapr/resources'],
    },
    {
      appId: 'plain',
      command: ['node', 'a b.js', '--x=1 2'],
      config: undefined,
      appConfig: 'c',
      resourcesPaths: ['x/common'],
      maxBodyBytes: 5,
      maxHeaderBytes: 2048,
    },
  ])
})

test.each([
  ['[{ appID: a }, { appID: A }]', 'App ID "a" is given to two apps.'],
  ['[{ appID: a_b }]', 'This cannot be an App ID.'],
  ['[{ appID: a, appPort: 80 }, { appID: b, ingressPort: 80 }]', 'apps.0.appPort has it too'],
  ['[{ appID: a, appConfig: c, configFilePath: c.yaml }]', 'both attach a Configuration'],
  ['[{ appID: a, appDirPath: nowhere }]', 'The folder of the app does not exist.'],
  ['[{ appID: a, maxBodySize: 4MB }]', 'This is not a size.'],
  ['[{ appID: a, readBufferSize: 4Mi }]', 'This is no length of headers.'],
  ['[{ appID: a, publicURL: "https://x.test" }]', 'the URL of an ingress, and there is none'],
  ['[{ appID: a, ingressPort: 0, publicURL: "http://x.test" }]', 'uses plain http'],
  ['[{ appID: a, appHealthProbeTimeout: 5001 }]', 'longer than the time between two'],
  ['[{ appID: a, appHealthCheckPath: "a b" }]', 'must match ^/[!-~]*$'],
  ['[{ appID: a, command: "sh -c \'x" }]', 'a quotation mark without its end'],
])('%s is refused at its place', async (apps, message) => {
  const { options, diagnostics } = await load(`version: 1\napps: ${apps}\n`, ['x'])
  expect(options).toBeUndefined()
  expect(diagnostics).toHaveLength(1)
  expect(diagnostics[0]?.message).toContain(message)
  expect(diagnostics[0]?.start.line).toBe(2)
})

test('a port that the command line has is refused where the file gives it', async () => {
  const cwd = temporaryFolder()
  const path = join(cwd, 'run.yaml')
  writeFileSync(path, 'version: 1\napps: [{ appID: a, appPort: 8001 }]\n')
  const taken = new Map([[8001, '--app-id-env-server-port']])
  const stdin = async () => new Uint8Array()
  const { diagnostics } = await loadRunFile({ path, cwd, stdin, taken }, defaults)
  expect(diagnostics[0]?.message).toBe(
    'Port 8001 is given twice: --app-id-env-server-port has it too.',
  )
})

test('words are split at blanks outside quotes', () => {
  expect(splitWords('')).toEqual([])
  expect(splitWords(' a  b\tc ')).toEqual(['a', 'b', 'c'])
  expect(splitWords(`a"b c"'d "e' ""`)).toEqual(['ab cd "e', ''])
  expect(splitWords(`a "b`)).toBeUndefined()
})

test('users of the authorization server lie where the run file does, and are refused at their own place', async () => {
  const text = 'version: 1\nidp: { users: users.yaml }\napps: [{ appID: a }]\n'
  const missing = await load(text, ['x'])
  expect(missing.options).toBeUndefined()
  expect(missing.diagnostics[0]?.file).toMatch(/x.users\.yaml$/)
  const users = 'version: 1\nusers: [{ sub: alice, claims: { name: A } }]\n'
  const { options } = await load(text, ['x'], { 'x/users.yaml': users })
  expect(options?.idp?.users).toEqual([
    { sub: 'alice', claims: { name: 'A' }, accessTokenClaims: {} },
  ])
  const wrong = await load(text, ['x'], { 'x/users.yaml': 'version: 1\nusers: [{ sub: 1 }]\n' })
  expect(wrong.options).toBeUndefined()
  expect(wrong.diagnostics[0]).toMatchObject({ severity: 'error', start: { line: 2 } })
})

test.each([
  ['10m', 600],
  ['-1h30s', -3630],
  ["'+90'", 90],
])('clockOffset %s is %i seconds', async (text, seconds) => {
  const { options } = await load(
    `version: 1\nidp: { clockOffset: ${text} }\napps: [{ appID: a }]\n`,
    ['x'],
  )
  expect(options?.idp?.clockOffset).toBe(seconds)
})

test.each(['soon', '9000h', '--1m'])('clockOffset %s is refused at its place', async (text) => {
  const { options, diagnostics } = await load(
    `version: 1\nidp:\n  clockOffset: ${text}\napps: [{ appID: a }]\n`,
    ['x'],
  )
  expect(options).toBeUndefined()
  expect(diagnostics).toMatchObject([{ severity: 'error', start: { line: 3, column: 16 } }])
})
