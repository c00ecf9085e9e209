// How long a user waits for the command line: whole processes, compared with a Node process that does nothing.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { requireBuild, Workspace } from './command-line.ts'
import { median, medianRatio, short, times } from './numbers.ts'
import type { Effort, Report } from './report.ts'

const guide = fileURLToPath(new URL('../fixtures/guide', import.meta.url))
const manifests = [
  'components/mcp-server-endpoint.yaml',
  'components/oauth2.yaml',
  'config/oauth2-client.yaml',
]

export async function benchStartUp({ quick }: Effort): Promise<Report> {
  requireBuild()
  const rounds = quick ? 2 : 11
  const workspace = new Workspace()
  try {
    cpSync(guide, workspace.folder, { recursive: true })
    const apply = ['apply', ...manifests.flatMap((file) => ['-f', file])]
    prepareHome(workspace)
    const commands = new Map<string, (round: number) => number>([
      ['node, empty file', () => workspace.emptyProcess()],
      ['mcpauth --version', () => workspace.mcpauth(['--version'], 'home')],
      ['mcpauth --help', () => workspace.mcpauth(['--help'], 'home')],
      [
        'mcpauth apply, 3 new resources',
        (round) => workspace.mcpauth(apply, copyHome(workspace, round)),
      ],
      ['mcpauth apply, 3 unchanged ones', () => workspace.mcpauth(apply, 'home-applied')],
    ])
    workspace.mcpauth(apply, copyHome(workspace, 'applied'))
    const measured = new Map([...commands.keys()].map((name) => [name, [] as number[]]))
    // The first round fills the compile cache, as the first use after an installation does; it is not counted.
    for (let round = -1; round < rounds; round += 1) {
      for (const [name, run] of commands) {
        const spent = run(round)
        if (round >= 0) measured.get(name)?.push(spent)
      }
    }
    return report(measured, rounds)
  } finally {
    workspace.remove()
  }
}

/** A control plane with the guide's secret in it, to start every first apply from. */
function prepareHome(workspace: Workspace): void {
  workspace.mcpauth(['secret', 'set', 'oauth-secret', 'clientSecret'], 'home', 'bench-secret')
}

function copyHome(workspace: Workspace, name: number | 'applied'): string {
  const home = `home-${name}`
  cpSync(join(workspace.folder, 'home'), join(workspace.folder, home), { recursive: true })
  return home
}

function report(measured: ReadonlyMap<string, readonly number[]>, rounds: number): Report {
  const base = measured.get('node, empty file') ?? []
  return {
    title: 'start-up: whole processes',
    columns: ['', '/ node, empty file', 'median ms', 'fastest ms'],
    rows: [...measured].map(([name, values]) => [
      name,
      times(medianRatio(values, base)),
      short(median(values)),
      short(Math.min(...values)),
    ]),
    notes: [
      `Medians of ${rounds} interleaved runs, compile cache filled. The guide's three manifests are applied.`,
    ],
  }
}
