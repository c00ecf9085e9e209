// Access control between three sidecars of the built binary: who may call whom, how, and that no spelling of a path leads past it.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { runBinary } from '../support/protected-server.ts'
import { temporaryFolder } from '../support/temp-home.ts'

const guard = `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: guard
spec:
  accessControl:
    defaultAction: deny
    policies:
      - appId: mcp-client
        defaultAction: deny
        operations:
          - name: /mcp
            httpVerb: [POST]
            action: allow
      - appId: operator
        defaultAction: allow
        operations:
          - name: /admin
            httpVerb: ['*']
            action: deny
`

/** To some server all of them are /admin, or lie below it; what the answer to each is. */
const spellings: readonly (readonly [path: string, status: number])[] = [
  ['/admin', 403],
  ['/admin/', 403],
  ['/admin/x', 403],
  ['//admin', 403],
  ['/admin//x', 403],
  ['/ADMIN', 403],
  ['/%61dmin', 403],
  ['/%41DMIN/', 403],
  ['/admin;v=1', 403],
  ['/admin?to=/open', 403],
  ['/./admin', 400],
  ['/open/../admin', 400],
  ['/open/%2e%2e/admin', 400],
  ['/open/%2E./admin', 400],
  ['/open%2f..%2fadmin', 400],
  ['/open\\..\\admin', 400],
  ['/admin%00', 400],
]

/** Sent as it is written: fetch would tidy the path up. */
async function call(sidecar: string, method: string, path: string) {
  const headers = { 'dapr-app-id': 'mcp-server', connection: 'close' }
  const sending = request(sidecar, { method, path, headers }).end()
  const [answer] = (await once(sending, 'response')) as [IncomingMessage]
  let body = ''
  for await (const part of answer) body += String(part)
  return { path, status: answer.statusCode, body }
}

it('decides on every call between sidecars, however its path is spelt', async () => {
  const folder = temporaryFolder()
  const env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
  const mcpauth = (line: string) => runBinary(line.split(' '), { cwd: folder, env })
  writeFileSync(join(folder, 'guard.yaml'), guard)
  expect(mcpauth('apply -f guard.yaml')).toMatchObject({ exitCode: 0 })
  expect(mcpauth('appid create mcp-server --app-config guard')).toMatchObject({ exitCode: 0 })

  const reached: string[] = []
  const app = createServer(({ method, url }, answer) => {
    reached.push(`${method} ${url}`)
    answer.end()
  }).listen(0, '127.0.0.1')
  await once(app, 'listening')
  onTestFinished(() => {
    app.closeAllConnections()
    app.close()
  })
  const start = async (appId: string, ...extra: readonly string[]): Promise<string> => {
    const argv = ['dev', 'run', '--app-id', appId, '--dapr-http-port', '0', ...extra]
    const run = new CliProcess(argv, { cwd: folder, env })
    onTestFinished(async () => void (await run.stop('SIGKILL')))
    return (await run.readUntil(/sidecar +(http:[^\s,]+)/))[1] ?? ''
  }
  const { port } = app.address() as AddressInfo
  const server = await start('mcp-server', '--app-port', String(port))
  const [client, operator] = [await start('mcp-client'), await start('operator')]

  await expect
    .poll(async () => call(client, 'POST', '/mcp'), { timeout: 5_000 })
    .toMatchObject({ status: 200 })
  expect(await call(operator, 'GET', '/open')).toMatchObject({ status: 200 })
  expect(reached.splice(0)).toEqual(['POST /mcp', 'GET /open'])

  const byVerb = await call(client, 'GET', '/mcp')
  expect(byVerb.status).toBe(403)
  const id = 'spiffe://public/ns/default/mcp-client'
  expect(JSON.parse(byVerb.body)).toEqual({
    errorCode: 'ACCESS_DENIED',
    message: `access control policy has denied access to id: ${id} operation: /mcp verb: GET`,
  })
  expect(await call(client, 'POST', '/other')).toMatchObject({ status: 403 })
  // No policy is about the App ID itself.
  expect(await call(server, 'POST', '/mcp')).toMatchObject({ status: 403 })
  for (const [path, status] of spellings) {
    expect(await call(operator, 'GET', path)).toMatchObject({ path, status })
  }
  expect(reached).toEqual([])

  // What is foretold is what came.
  const foretold = 'access test --caller operator --target mcp-server --path'
  for (const [path, status] of spellings) {
    const { exitCode, stdout } = mcpauth(`${foretold} ${path} -o json`)
    expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({ exitCode: 1, path, status })
  }
  expect(mcpauth(`${foretold} /open`)).toMatchObject({ exitCode: 0 })
  expect(reached).toEqual([])

  const revoke = 'app access revoke mcp-server --caller operator --wait'
  expect(mcpauth(revoke)).toMatchObject({ exitCode: 0 })
  expect(await call(operator, 'GET', '/open')).toMatchObject({ status: 403 })
  expect(reached).toEqual([])
})
