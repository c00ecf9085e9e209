// Who may call an MCP server, and which servers an App ID may call, as `describe` shows it.
import type { McpCallable, McpCaller } from '../control-plane/mcp-reach.ts'
import type { Json, JsonObject } from '../core/json.ts'
import type { McpAccessRule, McpCapability } from '../core/mcp-access.ts'
import { namesOf } from './mcp-access.ts'
import type { Style } from './output/style.ts'
import { singleLine } from './output/table.ts'

export function callerText({ appId, rules }: McpCaller): string {
  return singleLine(`appidentity/${appId}: ${grantsText(rules)}`)
}

export function callerJson({ appId, exists, rules }: McpCaller): JsonObject {
  return { appId, exists, grants: grantsJson(rules) }
}

export function callableLine({ server, isEnabled, rules }: McpCallable, style: Style): string {
  const state = isEnabled ? `${style.good('ok')}      ` : style.dim('disabled')
  return `${state} ${singleLine(`mcpserver/${server}: ${grantsText(rules)}`)}`
}

export function callableJson({ server, isEnabled, rules }: McpCallable): JsonObject {
  return { name: server, enabled: isEnabled, grants: grantsJson(rules) }
}

const capabilities = ['tools', 'resources', 'prompts'] as const satisfies McpCapability[]

/** All that the rules grant: `tools add, get_*; resources *`. */
function grantsText(rules: readonly McpAccessRule[]): string {
  const parts = capabilities.flatMap((capability) => {
    const names = rules.flatMap((rule) => namesOf(rule, capability))
    return names.length === 0 ? [] : [`${capability} ${[...new Set(names)].join(', ')}`]
  })
  return parts.length === 0 ? 'nothing' : parts.join('; ')
}

function grantsJson(rules: readonly McpAccessRule[]): Json {
  return rules.flatMap(({ grants }) =>
    grants.map(({ capability, names }) => ({ capability, names: [...names] })),
  )
}
