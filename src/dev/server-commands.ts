// Tells which commands of MCP servers the sidecar will run, before it runs any.
import { shellWord } from '../core/quote.ts'
import type { McpServerSpec } from '../core/snapshot.ts'
import type { Checklist } from './checklist.ts'

/** One line for each stdio server that can be used, unless `known` has it as it is. */
export function reportServerCommands(
  checklist: Checklist,
  servers: readonly McpServerSpec[],
  known: readonly McpServerSpec[] = [],
): void {
  const told = new Set(known.filter((server) => isUsable(server)).map((server) => keyOf(server)))
  for (const server of servers) {
    const { name, transport } = server
    if (transport.kind !== 'stdio' || !isUsable(server) || told.has(keyOf(server))) continue
    const command = [transport.command, ...transport.args].map((word) => shellWord(word)).join(' ')
    checklist.done('mcp server', `${name} runs, when it is called first: ${command}`)
  }
}

function isUsable({ isEnabled, problem }: McpServerSpec): boolean {
  return isEnabled && problem === undefined
}

function keyOf({ name, digest }: McpServerSpec): string {
  return `${name} ${digest}`
}
