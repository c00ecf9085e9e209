// The official conformance suite: runs one of its commands, and reads the verdicts that it writes down.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'

import { installPeer, type Peer } from '../support/npm-peer.ts'

export const suite: Peer = {
  spec: '@modelcontextprotocol/conformance@0.2.0-alpha.12',
  command: 'conformance',
}
export const revisions = ['2025-11-25', '2026-07-28'] as const
export type Revision = (typeof revisions)[number]

/** The statuses of each check of each scenario, in the suite's order; one check may have several. */
export type Verdicts = ReadonlyMap<string, readonly string[]>

export interface SuiteRun {
  /** 0 when all that is required passed. */
  readonly exitCode: number
  readonly verdicts: Verdicts
  readonly output: string
}

/** What a section of the page says. */
export interface Result {
  readonly text: string
  /** A line for each thing that is not as it must be. */
  readonly faults: readonly string[]
}

interface Options {
  readonly env?: NodeJS.ProcessEnv
  /** Called with all output so far, whenever there is more. */
  readonly onOutput?: (output: string) => void
}

export async function runSuite(args: readonly string[], options: Options = {}): Promise<SuiteRun> {
  const folder = mkdtempSync(join(tmpdir(), 'mcpauth-conformance-'))
  const script = installPeer(suite)
  const child = spawn(process.execPath, [script, ...args, '--output-dir', folder], {
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      options.onOutput?.(output)
    })
  }
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return { exitCode: code ?? 1, verdicts: readVerdicts(folder), output }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function runServerSuite(url: string, revision: Revision): Promise<SuiteRun> {
  return runSuite(['server', '--url', url, '--requirements', revision])
}

/** The scenarios that a revision requires, as the suite says it. */
export function requiredScenarios(role: 'server' | 'client', revision: Revision): Set<string> {
  const folder = join(dirname(installPeer(suite)), '..', 'requirements')
  const text = readFileSync(join(folder, `${revision}.yaml`), 'utf8')
  return new Set((parse(text) as Record<typeof role, string[]>)[role])
}

interface Check {
  readonly id: string
  readonly status: string
}

/** Folders are named `COMMAND-SCENARIO-TIME`. */
function readVerdicts(folder: string): Verdicts {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('checks.json'))
    .map((path) => ({
      scenario: path
        .replace(/[\\/]checks\.json$/, '')
        .replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '')
        .replace(/^(?:server|client|authorization-server)-(?=.)/, ''),
      checks: JSON.parse(readFileSync(join(folder, path), 'utf8')) as Check[],
    }))
    .toSorted((a, b) => (a.scenario < b.scenario ? -1 : 1))
  return new Map(
    found.map(({ scenario, checks }) => [
      scenario,
      checks.map(({ id, status }) => `${id} ${status}`),
    ]),
  )
}
