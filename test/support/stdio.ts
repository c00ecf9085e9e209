// Stdio servers of a hand-made snapshot, behind a real sidecar that starts real processes.
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

import { systemClock } from '../../src/core/clock.ts'
import type { Secret } from '../../src/core/secret.ts'
import type { McpServerSpec } from '../../src/core/snapshot.ts'
import { serverStarter } from '../../src/dev/server-process.ts'
import { mcpServer, postMcp, rpc } from './mcp.ts'
import { snapshotOf, startSidecar, type TestSidecar } from './sidecar.ts'

const app = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export const servers = {
  rough: app('../../fixtures/apps/mcp-server-rough.js'),
  sdk1: app('../../fixtures/apps/mcp-server-stdio.js'),
  sdk2: app('../../fixtures/apps/mcp-server-stdio-2.js'),
} as const

export function stdioServer(
  file: keyof typeof servers,
  names: readonly string[],
  {
    env = {},
    timeoutSeconds = 0,
    ...parts
  }: Partial<McpServerSpec> & {
    env?: Record<string, string | Secret>
    timeoutSeconds?: number
  } = {},
): McpServerSpec {
  const transport = {
    kind: 'stdio' as const,
    command: process.execPath,
    args: [servers[file]],
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    timeoutSeconds,
  }
  return mcpServer('', names, { transport, ...parts })
}

export interface StdioSidecar extends TestSidecar {
  /** What the processes wrote beside their protocol. */
  readonly output: string[]
  readonly started: () => number
}

/** Stops, with all processes, when the test is over. */
export async function stdioSidecar(...list: readonly McpServerSpec[]): Promise<StdioSidecar> {
  const output: string[] = []
  let count = 0
  const start = serverStarter({
    clock: systemClock,
    environment: () => ({ PATH: process.env['PATH'] ?? '' }),
    output: (server, line) => output.push(`${server}: ${line}`),
  })
  const test = await startSidecar(
    snapshotOf({ mcpServers: list }),
    {},
    {
      startServer: (...args) => {
        count += 1
        return start(...args)
      },
    },
  )
  onTestFinished(() => test.sidecar.stop(0))
  return { ...test, output, started: () => count }
}

export const initialize = rpc(
  'initialize',
  {
    protocolVersion: '2025-06-18',
    capabilities: { roots: {} },
    clientInfo: { name: 'test', version: '1' },
  },
  'init',
)

/** Begins a session by hand; the headers that continue it. */
export async function beginSession(sidecar: { url: string }): Promise<Record<string, string>> {
  const answer = await postMcp(sidecar, initialize)
  const id = answer.headers.get('mcp-session-id')
  if (answer.status !== 200 || id === null) {
    throw new Error(`initialize was answered ${answer.status} ${await answer.text()}`)
  }
  await answer.text()
  return { 'mcp-session-id': id }
}

/** The text that a tool gives back. */
export async function callText(
  sidecar: { url: string },
  headers: Record<string, string>,
  tool: string,
  args: object = {},
): Promise<string> {
  return textOf(await postMcp(sidecar, rpc('tools/call', { name: tool, arguments: args }), headers))
}

export const modernMeta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }

/** The same in revision 2026-07-28, without a session. */
export async function callModern(sidecar: { url: string }, tool: string): Promise<string> {
  return textOf(await postMcp(sidecar, rpc('tools/call', { name: tool, _meta: modernMeta })))
}

async function textOf(answer: Response): Promise<string> {
  const { result } = (await answer.json()) as { result: { content: { text: string }[] } }
  return result.content[0]?.text ?? ''
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
