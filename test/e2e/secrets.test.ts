// A canary in every secret field: it may be used, and appears in no output, log, database byte or process list.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { runBinary, type Finished } from '../support/protected-server.ts'

const canary = 'CANARY-7f3a9c51'
const folder = mkdtempSync(join(tmpdir(), 'mcpauth-secrets-'))
const env = {
  PATH: process.env['PATH'],
  HOME: folder,
  MCPAUTH_HOME: join(folder, 'home'),
  CANARY_VARIABLE: `${canary}-env`,
}
const outputs: string[] = []

function mcpauth(args: readonly string[], input?: string): Finished {
  const finished = runBinary(args, { cwd: folder, env, ...(input === undefined ? {} : { input }) })
  outputs.push(finished.stdout, finished.stderr)
  return finished
}

/** An authorization server that refuses, and repeats the secret it was sent wherever it can. */
const hostile = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const sent = `${request.headers.authorization ?? ''} ${Buffer.concat(chunks).toString()} ${canary}`
    response.writeHead(401, { 'content-type': 'application/json', 'x-echo': canary })
    response.end(JSON.stringify({ error: 'invalid_client', error_description: sent }))
  })
})
beforeAll(async () => {
  hostile.listen(0, '127.0.0.1')
  await once(hostile, 'listening')
})
afterAll(() => hostile.close())

function manifests(port: number): string {
  return `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: inline }
spec:
  type: middleware.http.oauth2
  version: v1
  metadata:
    - { name: clientID, value: client }
    - { name: clientSecret, value: "${canary}-inline" }
    - { name: tokenURL, value: "http://127.0.0.1:${port}/token" }
---
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: stored }
spec:
  type: middleware.http.oauth2clientcredentials
  version: v1
  metadata:
    - { name: clientID, value: client }
    - name: clientSecret
      secretKeyRef: { name: oauth-secret, key: clientSecret }
    - { name: tokenURL, value: "http://127.0.0.1:${port}/token" }
    - { name: headerName, value: X-Token }
---
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: from-env }
spec:
  type: middleware.http.oauth2clientcredentials
  version: v1
  metadata:
    - { name: clientID, value: client }
    - { name: clientSecret, envRef: CANARY_VARIABLE }
    - { name: tokenURL, value: "http://127.0.0.1:${port}/token" }
    - { name: headerName, value: X-Other }
---
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: redis }
spec:
  type: state.redis
  version: v1
  metadata:
    - { name: redisPassword, value: "${canary}-redis" }
---
apiVersion: dapr.io/v1alpha1
kind: HTTPEndpoint
metadata: { name: up }
spec:
  baseUrl: http://127.0.0.1:${port}
  headers:
    - { name: Authorization, value: "Bearer ${canary}-header" }
---
apiVersion: cra.diagrid.io/v1beta1
kind: AppIdentity
metadata: { name: client }
spec:
  appConfig: config
  appEndpoint: { url: "http://127.0.0.1:${port}", token: "${canary}-app" }
---
apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: { name: config }
spec:
  httpPipeline:
    handlers:
      - { name: inline, type: middleware.http.oauth2 }
      - { name: stored, type: middleware.http.oauth2clientcredentials }
      - { name: from-env, type: middleware.http.oauth2clientcredentials }
`
}

function filesBelow(path: string): string[] {
  return statSync(path).isDirectory()
    ? readdirSync(path).flatMap((name) => filesBelow(join(path, name)))
    : [path]
}

const commandLines = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
      } catch {
        return ''
      }
    })
    .join('\n')

it('stays where it belongs', async () => {
  const { port } = hostile.address() as AddressInfo
  const text = manifests(port)
  writeFileSync(join(folder, 'all.yaml'), text)
  expect(
    mcpauth(['secret', 'set', 'oauth-secret', 'clientSecret'], `${canary}-stored`).exitCode,
  ).toBe(0)

  // Wrong in several ways beside the secrets: the code frames show the lines around.
  writeFileSync(
    join(folder, 'wrong.yaml'),
    text.replaceAll('version: v1', 'version: v1\n  versoin: v2'),
  )
  expect(mcpauth(['apply', '-f', 'wrong.yaml']).exitCode).toBe(2)
  writeFileSync(join(folder, 'broken.yaml'), text.replaceAll(`"${canary}`, `'${canary}`))
  expect(mcpauth(['apply', '-f', 'broken.yaml']).exitCode).toBe(2)

  expect(mcpauth(['apply', '-f', 'all.yaml']).exitCode).toBe(0)
  writeFileSync(join(folder, 'changed.yaml'), text.replaceAll(canary, `${canary}-changed`))
  expect(mcpauth(['apply', '-f', 'changed.yaml', '--dry-run']).stdout).toContain('changed (hidden)')
  for (const kind of ['component', 'configuration', 'httpendpoint', 'appid']) {
    for (const format of ['table', 'json', 'yaml', 'name']) {
      expect(mcpauth([kind, 'list', '-o', format]).exitCode).toBe(0)
    }
  }
  for (const [kind, name] of [
    ['component', 'inline'],
    ['component', 'redis'],
    ['httpendpoint', 'up'],
    ['appid', 'client'],
  ] as const) {
    for (const format of ['table', 'json', 'yaml']) {
      expect(mcpauth([kind, 'get', name, '-o', format]).exitCode).toBe(0)
    }
  }
  mcpauth(['secret', 'list', '-o', 'json'])

  const script = `
    const url = process.env.DAPR_HTTP_ENDPOINT + '/v1.0/invoke/up/method/x?access_token=${canary}-query'
    const answer = await fetch(url, { headers: { authorization: 'Bearer ${canary}-caller' } })
    console.log('answer', answer.status, await answer.text(), JSON.stringify([...answer.headers]))
    console.log(JSON.stringify(process.env), await (await fetch(process.env.DAPR_HTTP_ENDPOINT + '/v1.0/metadata')).text())
  `
  writeFileSync(join(folder, 'client.mjs'), script)
  for (const format of ['text', 'json']) {
    const run = new CliProcess(
      ['dev', 'run', '--app-id', 'client', '--log-format', format, '--', 'node', 'client.mjs'],
      { cwd: folder, env },
    )
    await run.readUntil(/first token/)
    expect(commandLines()).not.toContain(canary)
    await run.end()
    expect(run.stdout).toContain('answer 502')
    outputs.push(run.stdout, run.stderr)
  }

  for (const output of outputs) expect(output).not.toContain(canary)
  for (const file of filesBelow(env.MCPAUTH_HOME)) {
    expect(readFileSync(file, 'latin1'), file).not.toContain(canary)
  }
}, 120_000)
