// Which scopes the tools of an MCP server need, beside those that every request needs.
import { matchesWildcard } from './mcp-access.ts'
import { entriesOf, readScopes, type Read } from './token-settings.ts'

export interface ToolScopes {
  /** Name of a tool; `*` stands for any characters. */
  readonly pattern: string
  readonly scopes: readonly string[]
}

/** `add = mcp:write, delete_* = mcp:write mcp:admin` */
export function readToolScopes(text: string): Read<readonly ToolScopes[]> {
  const value: ToolScopes[] = []
  for (const [pattern, list = ''] of entriesOf(text)) {
    const scopes = readScopes(list)
    if ('problem' in scopes) return scopes
    if (pattern === '' || scopes.value.length === 0) return notTools
    value.push({ pattern, scopes: scopes.value })
  }
  return value.length > 0 ? { value } : notTools
}

const notTools = {
  problem: 'is not a list of tools with the scopes they need',
  hint: 'Write "add = mcp:write, delete_* = mcp:write mcp:admin".',
}

/** Of every entry that means the tool: none can loosen another one. */
export function scopesOfTool(list: readonly ToolScopes[], tool: string): readonly string[] {
  return list
    .filter(({ pattern }) => matchesWildcard(pattern, tool))
    .flatMap(({ scopes }) => scopes)
}
