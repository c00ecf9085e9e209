// Compiles Rego to WebAssembly with the `opa` on the PATH.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { entryPoint } from './opa-policy.ts'

/** `problem` completes "its rego …"; it quotes nothing of the policy. */
export type Compiled = { readonly bundle: Buffer } | { readonly problem: string }

const timeoutMs = 10_000
const maxOutputBytes = 1024 * 1024

/** Blocks while `opa` runs, up to 10 s for each of two syntaxes: a pipeline is not open before its policy is there. */
export function compileRego(rego: string): Compiled {
  // Mode 0700.
  const folder = mkdtempSync(join(tmpdir(), 'mcpauth-opa-'))
  try {
    writeFileSync(join(folder, 'policy.rego'), rego, { mode: 0o600 })
    const first = build(folder, [])
    if (!('invalid' in first)) return first
    // What was written for OPA before 1.0, as the examples of Dapr are.
    const second = build(folder, ['--v0-compatible'])
    return 'bundle' in second ? second : { problem: `is not valid: ${first.invalid}` }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function build(
  folder: string,
  options: readonly string[],
): Compiled | { readonly invalid: string } {
  const output = 'bundle.tar.gz'
  try {
    execFileSync(
      'opa',
      ['build', '-t', 'wasm', '-e', entryPoint, ...options, '-o', output, 'policy.rego'],
      {
        cwd: folder,
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: maxOutputBytes,
        stdio: ['ignore', 'pipe', 'pipe'],
        // No credentials of the sidecar's.
        env: { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'] },
      },
    )
    return { bundle: readFileSync(join(folder, output)) }
  } catch (error) {
    return failure(error)
  }
}

function failure(error: unknown): { readonly problem: string } | { readonly invalid: string } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what execFileSync throws has no type
  const { code, stdout, stderr } = error as Readonly<Record<string, unknown>>
  if (code === 'ENOENT') return { problem: 'cannot be compiled: there is no opa on the PATH' }
  if (code === 'ETIMEDOUT') return { problem: 'cannot be compiled within 10 s' }
  const place = /policy\.rego:\d+: rego_\w+/.exec(`${String(stdout)}${String(stderr)}`)?.[0]
  return { invalid: place ?? `opa finds no ${entryPoint} that it can compile` }
}
