// `mcpauth call invoke …` through a sidecar of its own, to a real server.
import { expect, it } from 'vitest'

import { upstreamOf } from '../../../data-plane/call-fixture.ts'
import { cli } from '../../../support/run-cli.ts'

const endpoint = (url: string): string => `apiVersion: dapr.io/v1alpha1
kind: HTTPEndpoint
metadata: { name: api }
spec: { baseUrl: "${url}" }
`

async function withEndpoint(status = 200, body = 'answer') {
  const upstream = await upstreamOf((_request, response) => {
    response.writeHead(status, { 'set-cookie': 'canary', 'x-shown': '1' }).end(body)
  })
  const mcpauth = cli()
  await mcpauth('appid create agent')
  expect((await mcpauth('apply -f -', { stdin: endpoint(upstream.url) })).exitCode).toBe(0)
  return { upstream, mcpauth }
}

it.each([
  ['get', 'api.status?x=1', '/status?x=1'],
  ['delete', 'api/items/7', '/items/7'],
  ['get', '/v1.0/invoke/api/method/a.b', '/a.b'],
])('%s %s reaches %s', async (method, target, url) => {
  const { upstream, mcpauth } = await withEndpoint()
  expect(await mcpauth(`call invoke ${method} ${target} --id agent`)).toEqual({
    exitCode: 0,
    stdout: 'answer',
    stderr: '',
  })
  expect(upstream.seen).toMatchObject([{ method: method.toUpperCase(), url }])
  expect(upstream.seen[0]?.headers).not.toHaveProperty('dapr-api-token')
})

it('sends a body and headers, and shows heads without secrets', async () => {
  const { upstream, mcpauth } = await withEndpoint()
  const words = ['call', 'invoke', 'post', 'api.items', '-a', 'agent', '--data', '{"a":1}']
  const { stderr } = await mcpauth([...words, '--header', 'X-Kept=yes', '--verbose'])
  expect(upstream.seen[0]).toMatchObject({
    body: '{"a":1}',
    headers: { 'content-type': 'application/json', 'x-kept': 'yes' },
  })
  expect(stderr).toContain('> POST /v1.0/invoke/api/method/items')
  expect(stderr).toContain('< x-shown: 1')
  expect(stderr).not.toContain('canary')
})

it('fails with the answer of the server, and with the sentence of a sidecar that refuses', async () => {
  const { mcpauth } = await withEndpoint(404, 'nothing here')
  expect(await mcpauth('call invoke get api.x --id agent')).toMatchObject({
    exitCode: 1,
    stdout: 'nothing here',
    stderr: 'The answer has status 404.\n',
  })
  const unknown = await mcpauth('call invoke get other.x --id agent')
  expect(unknown).toMatchObject({ exitCode: 1, stdout: '' })
  expect(unknown.stderr).toContain('No App ID or HTTPEndpoint other exists')
})

it.each([
  ['api', 'does not say what is called'],
  ['api.x --header Authorization=canary', 'shows Authorization'],
  ['api.x --header canary', 'not of the form'],
])('%s is refused', async (line, message) => {
  const { exitCode, stderr } = await cli()(`call invoke get ${line} --id agent`)
  expect(exitCode).toBe(2)
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('canary')
})
