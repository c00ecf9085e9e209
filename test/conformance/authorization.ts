// The authorization suite against `mcpauth dev idp`: a client registers itself, as a stock MCP client does, and is let in.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { freePort } from '../support/protected-server.ts'
import { passed, table } from './page.ts'
import { runSuite, type Result } from './suite.ts'

const browser = fileURLToPath(new URL('../../fixtures/apps/browser.js', import.meta.url))

export async function authorizationResult(issuer: string): Promise<Result> {
  const port = await freePort()
  const clientId = await register(issuer, `http://127.0.0.1:${port}/callback`)
  const args = ['authorization', '--url', issuer, '--client-id', clientId, '--port', String(port)]
  let opened = false
  const { exitCode, verdicts } = await runSuite(args, {
    onOutput: (output) => {
      const url = /^(http\S+[?&]code_challenge=\S+)\s/m.exec(output)?.[1]
      if (url === undefined || opened) return
      opened = true
      spawn(process.execPath, [browser, url], { stdio: 'inherit' })
    },
  })
  const rows = [...verdicts].map(([scenario, checks]) => [scenario, passed(checks)])
  return {
    text: table(['Scenario', 'Checks passed'], rows),
    faults: exitCode === 0 ? [] : ['authorization: a scenario fails'],
  }
}

async function register(issuer: string, redirectUri: string): Promise<string> {
  const answer = await fetch(`${issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'conformance',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
    }),
  })
  const client = (await answer.json()) as { client_id?: string }
  if (client.client_id === undefined) throw new Error(`registration: ${JSON.stringify(client)}`)
  return client.client_id
}
