// The official Python SDK in a virtual environment of the tests.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const venv = fileURLToPath(new URL('../../.venv/interop', import.meta.url))
export const python = join(venv, 'bin', 'python')
/** The newest release that still has `streamablehttp_client`, which the guide imports. */
const requirement = 'mcp==1.30.0'

/** Undefined when the SDK is there; otherwise why not, which is also printed. */
export function preparePython(): string | undefined {
  try {
    if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', venv], { stdio: 'pipe' })
    const check = ['-c', 'from mcp.client.streamable_http import streamablehttp_client']
    if (spawnSync(python, check).status === 0) return undefined
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement]
    execFileSync(python, pip, { stdio: 'pipe', timeout: 120_000 })
    return undefined
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? 'unknown') : 'unknown'
    process.stdout.write(`interop skipped: the Python SDK cannot be installed here (${why})\n`)
    return why
  }
}
