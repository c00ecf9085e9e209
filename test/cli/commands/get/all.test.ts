// `mcpauth get all`
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

import { cli } from '../../../support/run-cli.ts'

const manifests = [
  readFileSync('fixtures/guide/components/bearer.yaml', 'utf8'),
  readFileSync('fixtures/guide/config/bearer-server.yaml', 'utf8'),
  readFileSync('fixtures/guide/components/mcp-server-endpoint.yaml', 'utf8'),
  'apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: retries}\nspec: {}\n',
].join('---\n')

it('lists everything of a project in one table', async () => {
  const mcpauth = cli()
  expect((await mcpauth('get all')).stdout).toBe('KIND  NAME  DETAILS  UPDATED\n')
  expect(await mcpauth('apply -f -', { stdin: manifests })).toMatchObject({ exitCode: 0 })
  await mcpauth('appid create mcp-server --app-config bearer-server-config')
  await mcpauth('appid create plain --app-endpoint http://127.0.0.1:8000')
  await mcpauth('project create other')
  const { stdout } = await mcpauth('get all')
  const time = String.raw` +\d{4}-\d\d-\d\dT\S+Z`
  const rows = [
    'AppIdentity    mcp-server            ready, config bearer-server-config',
    'AppIdentity    plain                 ready, endpoint http://127.0.0.1:8000',
    'Component      bearer-validator      middleware.http.bearer',
    'Configuration  bearer-server-config  bearer-validator',
    'HTTPEndpoint   mcp-server            https://my-mcp-server.example.com',
    'Resiliency     retries',
  ]
  expect(stdout).toMatch(new RegExp(`^KIND.*\n${rows.map((row) => `${row}${time}\n`).join('')}$`))
  expect((await mcpauth('get all -o name')).stdout).toBe(
    [
      'appidentity/mcp-server',
      'appidentity/plain',
      'component/bearer-validator',
      'configuration/bearer-server-config',
      'httpendpoint/mcp-server',
      'resiliency/retries',
      '',
    ].join('\n'),
  )
  const json = await mcpauth('get all -o json')
  expect(JSON.parse(json.stdout)).toMatchObject({
    items: [
      { kind: 'AppIdentity', metadata: { name: 'mcp-server' }, status: { status: 'ready' } },
      { kind: 'AppIdentity' },
      { kind: 'Component', spec: { type: 'middleware.http.bearer' } },
      { kind: 'Configuration' },
      { kind: 'HTTPEndpoint' },
      { kind: 'Resiliency' },
    ],
  })
  expect(json.stdout, 'API tokens are shown by appid get only').not.toContain('mcpauth://')
  expect((await mcpauth('get all -p other -o name')).stdout).toBe('')
})
