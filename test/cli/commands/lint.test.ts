// `mcpauth lint` as a user meets it: paths, exit codes, formats, comments, corrections.
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import sarifSchema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' }
import { Ajv } from 'ajv'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { beforeEach, describe, expect, it } from 'vitest'

import { cli, type CliResult } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

const guide = `${process.cwd()}/fixtures/guide`

const endpoint = (name: string, field = 'baseUrl'): string =>
  `apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata:\n  name: ${name} # kept\nspec:\n  ${field}: "https://a.example.com"\n`

let folder: string
let mcpauth: (
  words: string,
  options?: { stdin?: string; env?: Record<string, string> },
) => Promise<CliResult>

beforeEach(() => {
  folder = temporaryFolder()
  mcpauth = cli({ cwd: folder })
})

const file = (name: string, text: string): void => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
}

describe('secrets in a file', () => {
  const store = (settings = ''): string =>
    `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: files}\nspec:\n  type: secretstores.local.file\n  version: v1\n  metadata:\n    - {name: secretsFile, value: secrets.json}\n${settings}`
  const user = (name: string, key = name): string =>
    `apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata: {name: a}\nspec:\n  baseUrl: https://a.example.com\n  headers:\n    - name: X-Api-Key\n      secretKeyRef: {name: "${name}", key: "${key}"}\nauth: {secretStore: files}\n`
  const secrets = '{"api-key": "CANARY-1", "nested": {"inner": "CANARY-2"}}'
  const notFound = 'a.yaml:8:28 error The secret'

  beforeEach(() => {
    file('store.yaml', store())
    file('secrets.json', secrets)
  })

  it('are there', async () => {
    for (const name of ['api-key', 'nested:inner']) {
      file('a.yaml', user(name))
      expect(await mcpauth('lint a.yaml store.yaml')).toMatchObject({ exitCode: 0, stdout: '' })
    }
    const multiValued = '    - {name: multiValued, value: "true"}\n'
    file('store.yaml', store(`${multiValued}    - {name: nestedSeparator, value: "."}\n`))
    file('a.yaml', user('nested', 'inner'))
    expect(await mcpauth('lint a.yaml store.yaml')).toMatchObject({ exitCode: 0, stdout: '' })
  })

  it('are missing, in the words of apply, and no value is shown', async () => {
    file('a.yaml', user('api-kye'))
    const { exitCode, stdout, stderr } = await mcpauth('lint a.yaml store.yaml')
    expect(exitCode).toBe(2)
    expect(stdout).toContain(
      `${notFound} "api-kye" with key "api-kye" is not in secrets.json (secret store "files"). [missing-secret]`,
    )
    expect(stdout).toContain('Did you mean "api-key"?')
    expect(stdout + stderr).not.toContain('CANARY')
    const both = await mcpauth('lint a.yaml store.yaml --project default')
    expect(both.stdout.match(/\[missing-secret\]/g)).toHaveLength(1)
    file('a.yaml', user('nested', 'inner'))
    const nested = await mcpauth('lint a.yaml store.yaml --target dapr')
    expect(nested.stdout).toContain('Write secretKeyRef.name: "nested:inner" without a key')
    const off = '--rule missing-secret=off'
    expect(await mcpauth(`lint a.yaml store.yaml ${off}`)).toMatchObject({ exitCode: 0 })
  })

  it.for([
    ['holds no object', '[1]'],
    ['is too large', `{"a": "${'x'.repeat(1024 * 1024)}"}`],
  ])('cannot be read: the file %s', async ([, text = '']) => {
    file('secrets.json', text)
    file('a.yaml', user('api-key'))
    const { exitCode, stdout } = await mcpauth('lint a.yaml store.yaml')
    expect(exitCode).toBe(2)
    expect(stdout).toMatch(/^a\.yaml:8:28 error The secrets file .* \[secrets-file-unreadable\]$/m)
  })

  it('are not looked for where there is no file, no store, or no file in the target', async () => {
    file('a.yaml', user('api-kye'))
    expect((await mcpauth('lint a.yaml')).stdout).not.toContain('missing-secret')
    const catalyst = await mcpauth('lint a.yaml store.yaml --target catalyst')
    expect(catalyst.stdout).not.toContain('missing-secret')
    file('other/store.yaml', store('    - {name: multiValued, value: "true"}\n'))
    const unclear = await mcpauth('lint a.yaml store.yaml other/store.yaml')
    expect(unclear.stdout).not.toContain('missing-secret')
    file('store.yaml', store().replace('secrets.json', 'absent.json'))
    expect(await mcpauth('lint a.yaml store.yaml')).toMatchObject({ exitCode: 0, stdout: '' })
  })
})

describe('what is checked', () => {
  it('is the current folder when nothing is named, without a store', async () => {
    file('a.yaml', endpoint('a'))
    const result = await mcpauth('lint')
    expect(result).toMatchObject({ exitCode: 0, stdout: '' })
    expect(result.stderr).toBe('1 manifest checked: no findings.\n')
  })

  it('leaves out other tools in folders, but never in a named file', async () => {
    file('k8s/deployment.yaml', 'apiVersion: apps/v1\nkind: Deployment\n---\n' + endpoint('a'))
    file('k8s/service.yaml', 'apiVersion: v1\nkind: Service\n')
    file('chart/templates/c.yaml', 'kind: Component\nname: {{ .Values.name }}\n')
    file('package.json', '{"name": "x", // not JSON\n}')
    file('compose.yaml', 'services: { a: { image: b } }\n')
    const all = await mcpauth('lint .')
    expect(all).toMatchObject({ exitCode: 0, stdout: '' })
    expect(all.stderr).toBe(
      '1 manifest checked: no findings; skipped 3 files and 1 document of other tools.\n',
    )
    const named = await mcpauth('lint compose.yaml')
    expect(named.exitCode).toBe(2)
    expect(named.stdout).toContain('compose.yaml:1:1 error kind is missing')
  })

  it('respects .gitignore, that of folders above too', async () => {
    mkdirSync(join(folder, '.git'))
    file('.gitignore', 'build/\n*.local.yaml\n!keep.local.yaml\n')
    file('app/.gitignore', '/generated\n')
    file('build/a.yaml', endpoint('-bad'))
    file('app/x.local.yaml', endpoint('-bad'))
    file('app/generated/a.yaml', endpoint('-bad'))
    file('app/keep.local.yaml', endpoint('-kept'))
    const { stdout } = await mcpauth('lint app')
    expect(stdout.match(/^\S+ error/gm)).toEqual(['app/keep.local.yaml:4:9 error'])
    for (const named of ['build', 'build/a.yaml']) {
      expect((await mcpauth(`lint ${named}`)).exitCode).toBe(2)
    }
  })

  it('looks into .dapr, where dapr run has its resources, and into no other hidden folder', async () => {
    file('.dapr/resources/a.yaml', endpoint('-bad'))
    file('.github/b.yaml', endpoint('-bad'))
    const { stdout } = await mcpauth('lint')
    expect(stdout.match(/^\S+ error/gm)).toEqual(['.dapr/resources/a.yaml:4:9 error'])
  })

  it('warns of plain http where Dapr takes it, and says what else is wrong with the document', async () => {
    const setting = (name: string, value: string): string =>
      `    - name: ${name}\n      value: "${value}"\n`
    file(
      'c.yaml',
      `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: { name: c }\nspec:\n  type: middleware.http.oauth2clientcredentials\n  version: v1\n  metadata:\n` +
        setting('clientID', 'me') +
        setting('clientSecret', 'CANARY') +
        setting('scopes', 'offline_access') +
        setting('headerName', 'Authorization') +
        setting('tokenURL', 'http://keycloak.default.svc.cluster.local:8080/token'),
    )
    const rules = async (target: string) => {
      const { exitCode, stdout } = await mcpauth(`lint c.yaml --target ${target}`)
      expect(stdout).not.toContain('CANARY')
      return [
        exitCode,
        stdout
          .match(/(?:error|warning) .*\[\S+\]/g)
          ?.map((line) => line.replace(/ .*\[/, ' ['))
          .toSorted(),
      ]
    }
    const beside = ['warning [inline-secret]', 'warning [offline-access]']
    expect(await rules('mcpauth')).toEqual([2, ['error [insecure-url]', ...beside]])
    expect(await rules('dapr')).toEqual([0, [...beside, 'warning [insecure-url]'].toSorted()])
  })

  it('reads standard input', async () => {
    const { exitCode, stdout } = await mcpauth('lint -', { stdin: endpoint('a', 'baseURL') })
    expect(exitCode).toBe(2)
    expect(stdout).toContain('<stdin>:6:3 error')
  })

  it('says of a path that does not exist that it could not run', async () => {
    const { exitCode, stdout } = await mcpauth('lint nowhere')
    expect(exitCode).toBe(1)
    expect(stdout).toContain('nowhere does not exist')
  })

  it('is the guide without a finding', async () => {
    expect(await mcpauth(`lint ${guide}`)).toMatchObject({ exitCode: 0, stdout: '' })
  })

  it('is the same whatever the order of the files', async () => {
    file('a.yaml', endpoint('one'))
    file('b.yaml', endpoint('one'))
    file('c.yaml', endpoint('Two'))
    const forwards = await mcpauth('lint a.yaml b.yaml c.yaml')
    expect(await mcpauth('lint c.yaml b.yaml a.yaml')).toEqual(forwards)
    expect(forwards.stdout).toContain('b.yaml:4:9 error')
  })

  it('resolves against a project when one is named', async () => {
    file(
      'server.yaml',
      'apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: { name: server }\nspec:\n  appHttpPipeline:\n    handlers: [{ name: bearer-validator, type: middleware.http.bearer }]\n',
    )
    expect((await mcpauth('lint server.yaml')).stdout).toContain('[unknown-component]')
    await mcpauth(`apply -f ${guide}/components/bearer.yaml`)
    const result = await mcpauth('lint server.yaml --project default')
    expect(result.stdout).not.toContain('unknown-component')
    const missing = await mcpauth('lint server.yaml --project defualt')
    expect(missing).toMatchObject({ exitCode: 1, stdout: '' })
    expect(missing.stderr).toContain('default')
  })
})

describe('levels', () => {
  beforeEach(() => {
    file('a.yaml', endpoint('a').replace('https', 'http'))
  })

  it('let warnings pass unless there are more than allowed', async () => {
    expect((await mcpauth('lint')).exitCode).toBe(0)
    expect((await mcpauth('lint --max-warnings 1')).exitCode).toBe(0)
    expect((await mcpauth('lint --max-warnings 0')).exitCode).toBe(2)
  })

  it('are the user’s to set', async () => {
    expect((await mcpauth('lint --rule insecure-url=error')).exitCode).toBe(2)
    expect(await mcpauth('lint --rule insecure-url=off --max-warnings 0')).toMatchObject({
      exitCode: 0,
      stdout: '',
    })
    const { exitCode, stderr } = await mcpauth('lint --rule insecure-ulr=off')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('Did you mean "insecure-url"?')
    expect((await mcpauth('lint --rule insecure-url=loud')).stderr).toContain('off, warn or error')
  })

  it('hide warnings when quiet', async () => {
    expect((await mcpauth('lint --quiet --max-warnings 0')).stdout).toBe('')
  })
})

describe('an ignore comment', () => {
  const withComment = (comment: string): string =>
    endpoint('a').replace('https', 'http').replace('  baseUrl', `  ${comment}\n  baseUrl`)

  it('silences its rule on the next line', async () => {
    file('a.yaml', withComment('# mcpauth-ignore insecure-url -- a lab network'))
    expect(await mcpauth('lint --max-warnings 0')).toMatchObject({ exitCode: 0, stdout: '' })
  })

  it('needs a reason', async () => {
    file('a.yaml', withComment('# mcpauth-ignore insecure-url'))
    const { exitCode, stdout } = await mcpauth('lint')
    expect(exitCode).toBe(2)
    expect(stdout).toContain('a.yaml:6:3 error An ignore comment needs a rule and a reason.')
    expect(stdout).toContain('[insecure-url]')
  })

  it('is reported when it silences nothing', async () => {
    file('a.yaml', withComment('# mcpauth-ignore name, insecure-urll -- why not'))
    const { stdout } = await mcpauth('lint')
    expect(stdout).toContain('The rule "name" finds nothing on the next line.')
    expect(stdout).toContain('There is no rule "insecure-urll".')
    expect(stdout).toContain('[insecure-url]')
  })

  it('does not silence apply', async () => {
    file('a.yaml', endpoint('a', '# mcpauth-ignore unknown-field -- no\n  baseURL'))
    expect((await mcpauth('lint')).stdout).not.toContain('[unknown-field]')
    expect((await mcpauth('apply -f a.yaml')).exitCode).toBe(2)
  })
})

describe('formats', () => {
  beforeEach(() => {
    file('it’s <a> & "b",c%.yaml', endpoint('a', 'baseURL'))
    file('clean.yaml', endpoint('clean'))
  })

  it('json', async () => {
    const { stdout } = await mcpauth('lint --format json')
    const report = JSON.parse(stdout) as { findings: unknown[]; summary: unknown }
    expect(report.findings).toEqual([
      {
        rule: 'unknown-field',
        severity: 'error',
        file: 'it’s <a> & "b",c%.yaml',
        start: { line: 6, column: 3 },
        end: { line: 6, column: 10 },
        message: 'Field "baseUrl" is missing in spec; "baseURL" is unknown.',
        hint: 'Did you mean "baseUrl"?',
        docs: 'docs/rules/unknown-field.md',
        fixable: true,
      },
    ])
    expect(report.summary).toEqual({ files: 2, errors: 1, warnings: 0 })
  })

  it('github, by itself under GitHub Actions', async () => {
    const line =
      '::error file=it’s <a> & "b"%2Cc%25.yaml,line=6,col=3,endLine=6,endColumn=10,title=unknown-field::' +
      'Field "baseUrl" is missing in spec; "baseURL" is unknown. Did you mean "baseUrl"?\n'
    expect((await mcpauth('lint --format github')).stdout).toBe(line)
    expect((await mcpauth('lint', { env: { GITHUB_ACTIONS: 'true' } })).stdout).toBe(line)
  })

  it('sarif, as the official schema wants it', async () => {
    // Draft 4 calls itself by `id`; nothing else in it differs for this validator.
    const { id: _id, $schema: _draft, ...rest } = sarifSchema
    const validate = new Ajv({
      strict: false,
      validateFormats: false,
      unicodeRegExp: false,
    }).compile(rest)
    const { stdout } = await mcpauth('lint --format sarif')
    const log: unknown = JSON.parse(stdout)
    expect(validate(log) ? [] : validate.errors).toEqual([])
    expect(log).toMatchObject({
      runs: [
        {
          results: [
            {
              ruleId: 'unknown-field',
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: {
                      uri: 'it%E2%80%99s%20%3Ca%3E%20%26%20%22b%22%2Cc%25.yaml',
                    },
                  },
                },
              ],
              fixes: [
                { artifactChanges: [{ replacements: [{ insertedContent: { text: 'baseUrl' } }] }] },
              ],
            },
          ],
        },
      ],
    })
  })

  it.each(['junit', 'checkstyle'])('%s is XML that gives the names back', async (format) => {
    const { stdout } = await mcpauth(`lint --format ${format}`)
    expect(XMLValidator.validate(stdout)).toBe(true)
    const parsed: unknown = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      htmlEntities: true,
    }).parse(stdout)
    const name = 'it’s <a> & "b",c%.yaml'
    if (format === 'junit') {
      expect(parsed).toMatchObject({
        testsuites: {
          tests: '2',
          failures: '1',
          testsuite: [
            { name: 'clean.yaml', testcase: { name: 'no findings' } },
            { name, testcase: { name: 'unknown-field at 6:3', failure: { type: 'error' } } },
          ],
        },
      })
    } else {
      expect(parsed).toMatchObject({
        checkstyle: { file: { name, error: { line: '6', source: 'mcpauth.unknown-field' } } },
      })
    }
  })
})

describe('--fix', () => {
  it('corrects the case of fields and verbs, and touches nothing else', async () => {
    const text = endpoint('a', 'baseURL')
    file('a.yaml', text)
    expect(await mcpauth('lint --fix')).toMatchObject({ exitCode: 0, stdout: '' })
    expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe(text.replace('baseURL', 'baseUrl'))
    expect((await mcpauth('lint --fix')).stderr).toContain('0 problems corrected.')
  })

  it('keeps byte order mark, line ends, permissions and links', async () => {
    file('real.yaml', `\ufeff${endpoint('a', 'baseURL').replaceAll('\n', '\r\n')}`)
    symlinkSync('real.yaml', join(folder, 'link.yaml'))
    const { mode } = statSync(join(folder, 'real.yaml'))
    expect((await mcpauth('lint --fix link.yaml')).exitCode).toBe(0)
    expect(readFileSync(join(folder, 'real.yaml'), 'utf8')).toBe(
      `\ufeff${endpoint('a').replaceAll('\n', '\r\n')}`,
    )
    expect(statSync(join(folder, 'link.yaml')).mode).toBe(mode)
  })

  it('moves a secret into the store of a project, before the manifest refers to it', async () => {
    const component = (value: string): string =>
      `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: oauth2\nspec:\n  type: middleware.http.oauth2\n  version: v1\n  metadata:\n    - name: clientId\n      value: "me"\n    - name: clientSecret # the secret\n      ${value} # here\n    - name: tokenURL\n      value: "https://auth.example.com/token"\n`
    file('c.yaml', component('value: "CANARY"'))
    const result = await mcpauth('lint --fix --project default')
    expect(`${result.stdout}${result.stderr}`).not.toContain('CANARY')
    expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).toBe(
      component('secretKeyRef: { name: "oauth2", key: "clientSecret" }'),
    )
    expect((await mcpauth('secret list -o name')).stdout).toContain('oauth2')
    expect((await mcpauth('apply -f c.yaml')).exitCode).toBe(0)
  })

  it('leaves a secret alone whose name is taken, and without a project', async () => {
    const text =
      'apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata: { name: a }\nspec:\n  baseUrl: https://a.example.com\n  headers: [{ name: X-Api-Key, value: CANARY }]\n'
    file('a.yaml', text)
    await mcpauth('lint --fix')
    expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe(text)
    await mcpauth('secret set a X-Api-Key', { stdin: 'other' })
    await mcpauth('lint --fix --project default')
    expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe(text)
  })

  it('cannot correct standard input', async () => {
    const { exitCode, stderr } = await mcpauth('lint --fix -', { stdin: endpoint('a') })
    expect(exitCode).toBe(2)
    expect(stderr).toContain('cannot be corrected in place')
  })
})
