// Tells which commands of MCP servers the sidecar will run, before it runs any.
import { isKnownCaller } from '../core/mcp-access.ts'
import { shellWord } from '../core/quote.ts'
import type { AppSnapshot, McpServerSpec } from '../core/snapshot.ts'
import type { Checklist } from './checklist.ts'

/** One line for each stdio server that the App ID can call, unless it could in `known`, and the server is the same. */
export function reportServerCommands(
  checklist: Checklist,
  snapshot: AppSnapshot,
  known?: AppSnapshot,
): void {
  const told = new Set(callable(known).map((server) => keyOf(server)))
  for (const server of callable(snapshot)) {
    const { name, transport } = server
    if (transport.kind !== 'stdio' || told.has(keyOf(server))) continue
    const command = [transport.command, ...transport.args].map((word) => shellWord(word)).join(' ')
    checklist.done('mcp server', `${name} runs, when it is called first: ${command}`)
  }
}

function callable(snapshot: AppSnapshot | undefined): McpServerSpec[] {
  return (snapshot?.mcpServers ?? []).filter(
    ({ isEnabled, problem, policy }) =>
      isEnabled && problem === undefined && isKnownCaller(policy, snapshot?.appId),
  )
}

function keyOf({ name, digest }: McpServerSpec): string {
  return `${name} ${digest}`
}
