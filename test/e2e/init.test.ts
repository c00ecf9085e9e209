// From nothing to a protected MCP server and a client of it, with the commands that `mcpauth init` tells.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { freePort, runBinary } from '../support/protected-server.ts'

const apps = fileURLToPath(new URL('../../fixtures/apps/', import.meta.url))

let folder: string
let running: CliProcess[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcpauth-init-'))
  running = []
})
afterEach(async () => {
  for (const process of running.toReversed()) await process.stop()
  rmSync(folder, { recursive: true, force: true })
})

it('writes manifests that work with the development authorization server', async () => {
  const [idpPort, ingressPort, appPort] = [await freePort(), await freePort(), await freePort()]
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    MCPAUTH_HOME: join(folder, 'home'),
  }
  const urls = [
    '--issuer',
    `http://127.0.0.1:${idpPort}`,
    '--server-url',
    `http://127.0.0.1:${ingressPort}`,
  ]
  const init = runBinary(['init', 'both', ...urls], { cwd: folder, env })
  expect(init.exitCode, init.stderr).toBe(0)
  /** The words of the told command that starts so, without the program itself. */
  const told = (start: string, ...command: string[]): string[] => {
    const line = init.stderr.split('\n').find((each) => each.trim().startsWith(`mcpauth ${start}`))
    const words = (line ?? '').trim().split(' ').slice(1)
    return words
      .map((word) => (word === '8000' ? String(appPort) : word))
      .flatMap((word) => (word === 'COMMAND' ? command : [word]))
  }
  const start = (words: string[]): CliProcess => {
    const started = new CliProcess(words, { cwd: folder, env })
    running.push(started)
    return started
  }
  const run = (words: string[]): void => {
    const { exitCode, stderr } = runBinary(words, { cwd: folder, env })
    expect(exitCode, stderr).toBe(0)
  }

  await start(told('dev idp')).readUntil(/value: "mcp-server"\n$/)
  run(told('secret set'))
  run(told('apply'))
  const serverCommand = ['node', join(apps, 'mcp-server.js'), String(appPort)]
  await start(told('dev run --app-id mcp-server', ...serverCommand)).readUntil(/listening on/)
  const refused = await fetch(`http://127.0.0.1:${ingressPort}/mcp`, { method: 'POST' })
  expect(refused.status).toBe(401)
  const clientCommand = ['node', join(apps, 'mcp-client.js')]
  const client = new CliProcess(told('dev run --app-id mcp-client', ...clientCommand), {
    cwd: folder,
    env,
  })
  expect(await client.end(), client.stderr).toBe(0)
  expect(client.stdout).toContain('Available tools: add, echo, countdown')
})
