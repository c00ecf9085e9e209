// schemas/manifest.schema.json in an editor: what the real yaml-language-server underlines, shows and offers.
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { cursor, LanguageServer } from '../support/language-server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const modeline = `# yaml-language-server: $schema=${root}schemas/manifest.schema.json\n`
const dapr = 'dapr.io/v1alpha1'

let server: LanguageServer
beforeAll(async () => {
  server = await LanguageServer.start(root)
})
afterAll(async () => server.stop())

/** A manifest of one kind with this below `spec:`. Its `spec` begins in line 6. */
function manifest(kind: string, spec: string, apiVersion = dapr): string {
  const lines = [`apiVersion: ${apiVersion}`, `kind: ${kind}`, 'metadata:', '  name: a', 'spec:']
  const body = spec.split('\n').map((line) => `  ${line}`)
  return `${modeline}${[...lines, ...body].join('\n')}\n`
}

function appIdentity(spec: string): string {
  return manifest('AppIdentity', spec, 'cra.diagrid.io/v1beta1')
}

/** A Component of this type with these settings; the first stands in line 10. */
function component(type: string, ...settings: string[]): string {
  return manifest('Component', [`type: ${type}`, 'metadata:', ...settings].join('\n'))
}

const bearer = 'middleware.http.bearer'
const oauth2 = 'middleware.http.oauth2'

describe.concurrent('an editor underlines', () => {
  const cases: [string, string, string[]][] = [
    ['nothing in an empty document', modeline, []],
    [
      'a kind that does not exist',
      `${modeline}apiVersion: ${dapr}\nkind: Componet\nmetadata:\n  name: a\n`,
      ['3: This kind does not exist.'],
    ],
    [
      'what a kind still needs',
      `${modeline}apiVersion: ${dapr}\nkind: HTTPEndpoint\nmetadata:\n  name: a\n`,
      ['2: Missing property "spec".'],
    ],
    [
      'an apiVersion of another kind',
      `${modeline}apiVersion: cra.diagrid.io/v1beta1\nkind: HTTPEndpoint\nmetadata:\n  name: a\nspec: { baseUrl: x }\n`,
      [`2: Value must be "${dapr}".`],
    ],
    [
      'a misspelt field of an HTTPEndpoint',
      manifest('HTTPEndpoint', 'baseURI: https://a.example'),
      ['6: Missing property "baseUrl".', '7: Property baseURI is not allowed.'],
    ],
    [
      'a misspelt field deep in a Configuration',
      manifest('Configuration', `httpPipeline:\n  handlers:\n    - nme: a\n      type: ${oauth2}`),
      ['9: Missing property "name".', '9: Property nme is not allowed.'],
    ],
    [
      'a handler that is no middleware',
      manifest(
        'Configuration',
        'httpPipeline:\n  handlers:\n    - name: a\n      type: state.redis',
      ),
      ['10: This is not the type of a middleware.'],
    ],
    [
      'a value of the wrong type in an AppIdentity',
      appIdentity('appPort: abc'),
      ['7: Incorrect type. Expected "integer".'],
    ],
    [
      'a component type that does not exist',
      manifest('Component', 'type: middleware.http.baerer'),
      ['7: This component type does not exist.'],
    ],
    [
      'settings that the component type does not have, and those it lacks',
      component(bearer, '  - name: issur', '    value: x', '  - name: AUDIENCE', '    value: x'),
      [
        '9: This setting does not exist. Use one of: issuer, audience, jwksURL, scopes, requiredScopes, scopeHierarchy, toolScopes, issuers, audiences, requiredClaims, claimHeaders, introspectionURL, introspectionClientID, introspectionClientSecret, introspectionCache, dpop, dpopNonce, clockSkew, requireTyp, forwardToken, maxLifetime.',
        '9: The setting issuer is missing.',
      ],
    ],
    [
      'a component type without the settings that it must have',
      manifest('Component', `type: ${bearer}`),
      ['6: Missing property "metadata".'],
    ],
    [
      'the second document of a file that says there what it is',
      `${manifest('Component', 'type: state.redis')}---\n${manifest('HTTPEndpoint', 'baseURI: x')}`,
      ['14: Missing property "baseUrl".', '15: Property baseURI is not allowed.'],
    ],
    ['nothing in a setting spelled as in Dapr', component(oauth2, ...aliased()), []],
    [
      'nothing in a kind that is only stored',
      manifest('Subscription', 'topic: a', 'dapr.io/v2alpha1'),
      [],
    ],
  ]
  it.for(cases)('%s', async ([, text, expected], { expect }) => {
    expect(await server.diagnose(text)).toEqual(expected)
  })

  const valid = globSync('fixtures/{guide/*,manifests/valid}/*.{yaml,json}', { cwd: root })
  it.for(valid)('nothing in %s', async (file, { expect }) => {
    const text = readFileSync(`${root}${file}`, 'utf8')
    const documents = text.replaceAll(/^---$/gm, `---\n${modeline.trimEnd()}`)
    expect(await server.diagnose(modeline + documents)).toEqual([])
  })
})

/** All that oauth2 must have, by other spellings. */
function aliased(): string[] {
  return ['clientId', 'CLIENTSECRET', 'tokenUrl'].flatMap((name) => [
    `  - name: ${name}`,
    '    value: x',
  ])
}

describe.concurrent('an editor explains', () => {
  const cases: [string, string, string][] = [
    [
      'a kind',
      `${modeline}kind: Comp${cursor}onent\n`,
      'A building block such as a middleware or a secret store.',
    ],
    [
      'a component type',
      manifest('Component', `type: middle${cursor}ware.http.bearer`),
      'Lets a request through only with a valid access token (JWT)',
    ],
    [
      'a setting by its component type',
      component(bearer, `  - name: iss${cursor}uer`),
      'Issuer of the tokens, compared exactly with `iss`.',
    ],
    [
      'a field of an HTTPEndpoint',
      manifest('HTTPEndpoint', `base${cursor}Url: x`),
      'Absolute URL that the path of a call is appended to.',
    ],
    [
      'a field of a Configuration',
      manifest('Configuration', `appHttp${cursor}Pipeline:\n  handlers: []`),
      'Handlers for requests that the sidecar delivers to its application.',
    ],
    [
      'a field of an AppIdentity',
      appIdentity(`appP${cursor}ort: 1`),
      'Port that the application listens on.',
    ],
    [
      'with Markdown where the description has it',
      manifest('HTTPEndpoint', `baseUrl: x\nhead${cursor}ers: []`),
      '`Accept` is merged',
    ],
  ]
  it.for(cases)('%s', async ([, text, expected], { expect }) => {
    expect(await server.hover(text)).toContain(expected)
  })
})

describe.concurrent('an editor offers', () => {
  const cases: [string, string, string[]][] = [
    ['what every manifest has', modeline + cursor, ['apiVersion', 'kind']],
    [
      'the kinds',
      `${modeline}kind: ${cursor}`,
      ['Component', 'Configuration', 'HTTPEndpoint', 'AppIdentity'],
    ],
    [
      'the component types that run here',
      manifest('Component', `type: ${cursor}`),
      [bearer, oauth2, 'secretstores.local.env', 'secretstores.local.file'],
    ],
    [
      'the settings of the component type',
      component(bearer, `  - name: ${cursor}`),
      ['issuer', 'audience', 'jwksURL', 'clockSkew'],
    ],
    [
      'the settings of another component type',
      component(oauth2, `  - name: ${cursor}`),
      ['clientID', 'clientSecret', 'tokenURL', 'scopes'],
    ],
    [
      'where a value comes from',
      component(bearer, '  - name: issuer', `    ${cursor}`),
      ['value', 'secretKeyRef', 'envRef'],
    ],
    ['fields of an HTTPEndpoint', manifest('HTTPEndpoint', cursor), ['baseUrl', 'headers']],
    [
      'fields of a Configuration',
      manifest('Configuration', cursor),
      ['httpPipeline', 'appHttpPipeline', 'accessControl'],
    ],
    [
      'middlewares for a handler',
      manifest('Configuration', `httpPipeline:\n  handlers:\n    - type: ${cursor}`),
      [bearer, oauth2],
    ],
    ['fields of an AppIdentity', appIdentity(cursor), ['appConfig', 'appPort', 'appEndpoint']],
    ['values', appIdentity(`protocol: ${cursor}`), ['http', 'grpc']],
  ]
  it.for(cases)('%s', async ([, text, expected], { expect }) => {
    expect(await server.complete(text)).toEqual(expect.arrayContaining(expected))
  })

  it('no setting of another component type, and nothing that only the control plane sets', async ({
    expect,
  }) => {
    expect(await server.complete(component(bearer, `  - name: ${cursor}`))).not.toContain(
      'clientID',
    )
    expect(await server.complete(appIdentity(cursor))).not.toContain('projectId')
  })
})
