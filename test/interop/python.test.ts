// The guide's Python client, byte for byte, on the official Python SDK, through both pipelines.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

import { protectedServer } from '../support/protected-server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const venv = join(root, '.venv', 'interop')
const python = join(venv, 'bin', 'python')
/** The newest release that still has `streamablehttp_client`, which the guide imports. */
const requirement = 'mcp==1.30.0'

/** Undefined when the SDK is there; otherwise why not. */
function prepare(): string | undefined {
  try {
    if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', venv], { stdio: 'pipe' })
    const check = ['-c', 'from mcp.client.streamable_http import streamablehttp_client']
    if (spawnSync(python, check).status === 0) return undefined
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement]
    execFileSync(python, pip, { stdio: 'pipe', timeout: 120_000 })
    return undefined
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? 'unknown') : 'unknown'
  }
}

const missing = prepare()
if (missing !== undefined) {
  process.stdout.write(`interop skipped: the Python SDK cannot be installed here (${missing})\n`)
}

it.skipIf(missing !== undefined)('the Python client of the guide lists the tools', async () => {
  const server = await protectedServer()
  const command = [python, join(root, 'fixtures', 'guide', 'mcpclient.py')]
  const { stdout, stderr, exitCode } = await server.client(command)
  await server.close()
  expect(stderr).not.toContain('Traceback')
  expect(stdout).toContain('Available tools:')
  expect(stdout).toContain("name='add'")
  expect(exitCode).toBe(0)
})
