// An HTTPEndpoint behind TLS: served when its certificate is trusted, refused with the reason when it is not.
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'

const tls = fileURLToPath(new URL('../../fixtures/tls/', import.meta.url))
const certificate = join(tls, 'localhost.crt')
let server: Server
let folder: string

beforeAll(async () => {
  const files = { cert: readFileSync(certificate), key: readFileSync(join(tls, 'localhost.key')) }
  server = createServer(files, (request, response) => {
    response.end(`${request.method} ${request.url} ${request.headers.host}`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  folder = mkdtempSync(join(tmpdir(), 'mcpauth-tls-'))
  writeFileSync(
    join(folder, 'endpoint.yaml'),
    `apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata: { name: up }\nspec: { baseUrl: "https://localhost:${port()}/base" }\n`,
  )
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

const port = (): number => (server.address() as AddressInfo).port
async function answers(trust: Record<string, string>): Promise<string[]> {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    MCPAUTH_HOME: join(folder, 'home'),
    ...trust,
  }
  const args = [
    'dev',
    'run',
    '--app-id',
    'client',
    '--dapr-http-port',
    '0',
    '--resources-path',
    'endpoint.yaml',
  ]
  const run = new CliProcess(args, { cwd: folder, env })
  const url = (await run.readUntil(/sidecar +(http:\S+)/))[1] ?? ''
  const call = async (): Promise<string> => {
    const answer = await fetch(`${url}/v1.0/invoke/up/method/mcp?x=1`)
    return `${answer.status} ${await answer.text()}`
  }
  const result = [await call(), await call()]
  await run.stop()
  return result
}

it('is called over TLS when its certificate is trusted, again on the same connection', async () => {
  const wanted = `200 GET /base/mcp?x=1 localhost:${port()}`
  expect(await answers({ NODE_EXTRA_CA_CERTS: certificate })).toEqual([wanted, wanted])
})

it('is refused with the reason when its certificate is not trusted', async () => {
  const [first] = await answers({})
  expect(first).toMatch(/^502 .*UPSTREAM_TLS_FAILED.*certificate.*not trusted.*NODE_EXTRA_CA_CERTS/)
})
