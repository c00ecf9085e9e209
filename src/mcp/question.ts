// What a message asks of an MCP server: which tools, resources and prompts it uses, and which list it wants.
import { isJsonObject } from '../core/json.ts'
import { anyArguments, type McpAccessQuestion, type McpCapability } from '../core/mcp-access.ts'
import type { RpcMessage } from './message.ts'

export type Wanted = Omit<McpAccessQuestion, 'caller'>

/** Lists that are filtered: method → where the items stand in its result, and the member that names one. */
export interface ListKind {
  readonly capability: McpCapability
  readonly items: string
  readonly key: string
}

const lists: ReadonlyMap<string, ListKind> = new Map([
  ['tools/list', { capability: 'tools', items: 'tools', key: 'name' }],
  ['prompts/list', { capability: 'prompts', items: 'prompts', key: 'name' }],
  ['resources/list', { capability: 'resources', items: 'resources', key: 'uri' }],
  [
    'resources/templates/list',
    { capability: 'resources', items: 'resourceTemplates', key: 'uriTemplate' },
  ],
])

export const listKinds: readonly ListKind[] = [...lists.values()]

/** Its answer is a stream of what the server has to tell, without an end of its own (revision 2026-07-28). */
export const listenMethod = 'subscriptions/listen'

/** About a call of a tool that goes on behind its answer; of which tool, the server alone knows. */
export function isAboutTask({ method = '' }: RpcMessage): boolean {
  return method.startsWith('tasks/')
}

export function listOf(method: string | undefined): ListKind | undefined {
  return method === undefined ? undefined : lists.get(method)
}

/**
 * Everything that a grant is needed for; empty for methods that need none, among them all unknown ones. Undefined when
 * the params do not say what is wanted, so that nobody can judge it.
 */
export function wantedBy({ method, params }: RpcMessage): readonly Wanted[] | undefined {
  switch (method ?? '') {
    case 'tools/call':
      return one('tools', params['name'], params['arguments'] ?? {})
    case 'prompts/get':
      return one('prompts', params['name'])
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return one('resources', params['uri'])
    case 'completion/complete':
      return completed(params['ref'])
    // It shows the tasks of all tools, and of all callers where the server knows mcpauth alone.
    case 'tasks/list':
      return one('tools', '*')
    case listenMethod:
      return subscribed(params['notifications'])
    default:
      return []
  }
}

/** The text that the header Mcp-Name mirrors, of methods where it is known; `undefined` elsewhere. */
export function mirroredName(message: RpcMessage): string | undefined {
  const { method = '', params } = message
  const field = isAboutTask(message) ? 'taskId' : mirrored.get(method)
  const value = field === undefined ? undefined : params[field]
  return typeof value === 'string' ? value : undefined
}

const mirrored: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['resources/subscribe', 'uri'],
  ['resources/unsubscribe', 'uri'],
])

function one(
  capability: McpCapability,
  name: unknown,
  values: Wanted['arguments'] = anyArguments,
): readonly Wanted[] | undefined {
  return typeof name === 'string' ? [{ capability, name, arguments: values }] : undefined
}

function completed(ref: unknown): readonly Wanted[] | undefined {
  if (!isJsonObject(ref)) return undefined
  if (ref['type'] === 'ref/prompt') return one('prompts', ref['name'])
  return ref['type'] === 'ref/resource' ? one('resources', ref['uri']) : undefined
}

/** Revision 2026-07-28: the resources whose changes are to be told. */
function subscribed(notifications: unknown): readonly Wanted[] | undefined {
  if (notifications === undefined) return []
  if (!isJsonObject(notifications)) return undefined
  const uris = notifications['resourceSubscriptions'] ?? []
  if (!Array.isArray(uris)) return undefined
  const names = uris as readonly unknown[]
  if (!names.every((uri) => typeof uri === 'string')) return undefined
  return names.map((name) => ({ capability: 'resources', name, arguments: anyArguments }))
}
