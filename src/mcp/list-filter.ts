// Takes out of list results what the caller may not use. Everything else keeps its text, numbers included.
import { isJsonObject } from '../core/json.ts'
import type { McpCapability } from '../core/mcp-access.ts'
import { parseKeepingNumbers } from './exact-json.ts'
import type { RpcId } from './message.ts'
import { listKinds, type ListKind } from './question.ts'

/** What is known of the answers to come. */
export interface ListFilter {
  isAllowed(capability: McpCapability, name: string): boolean
  /** The requests asked: id → the list wanted, or undefined for anything else. */
  readonly asked: ReadonlyMap<RpcId, ListKind | undefined>
  /** Whether results say for whom they may be cached, as from 2026-07-28 on. */
  readonly hasCacheScope: boolean
}

/**
 * The text of a response, or of a batch of them, with its lists filtered; the very same text when nothing changes.
 * Undefined when it is no JSON: then nobody knows what it shows.
 */
export function filterResponses(text: string, filter: ListFilter): string | undefined {
  if (!mayAskForList(filter) && !mayHoldList.test(text)) return text
  let value: unknown
  try {
    value = parseKeepingNumbers(text)
  } catch {
    return undefined
  }
  const responses: readonly unknown[] = Array.isArray(value) ? value : [value]
  let changed = false
  for (const response of responses) changed = filterResponse(response, filter) || changed
  return changed ? JSON.stringify(value) : text
}

/** False when every request is known, and none of them asks for a list. */
export function mayAskForList({ asked }: ListFilter): boolean {
  return asked.size === 0 || [...asked.values()].some((kind) => kind !== undefined)
}

/** Names of lists, in clear or behind an escape. Most answers hold none, and need not be parsed. */
const mayHoldList = new RegExp(
  String.raw`"(?:${listKinds.map(({ items }) => items).join('|')})"|\\u`,
)

/** Changes the response in place; true when it did. */
function filterResponse(response: unknown, filter: ListFilter): boolean {
  if (!isMutable(response)) return false
  const { id, result } = response
  if (!isMutable(result)) return false
  const known = (typeof id === 'string' || typeof id === 'number') && filter.asked.has(id)
  const kind = known ? filter.asked.get(id) : undefined
  if (kind !== undefined) return filterList(result, kind, filter)
  // An answer to something asked elsewhere is known by its form alone: one replayed after a broken stream, or one to an
  // earlier request whose id was used again.
  return listKinds.map((each) => filterList(result, each, filter)).includes(true)
}

function filterList(
  result: Mutable,
  { capability, items, key }: ListKind,
  filter: ListFilter,
): boolean {
  const list = result[items]
  if (!Array.isArray(list)) return false
  const kept = list.filter((item: unknown) => {
    const name = isMutable(item) ? item[key] : undefined
    return typeof name === 'string' && filter.isAllowed(capability, name)
  })
  if (kept.length < list.length) result[items] = kept
  return makePrivate(result, filter.hasCacheScope) || kept.length < list.length
}

/** A list made for one caller must not be served to another from a cache. */
function makePrivate(result: Mutable, hasCacheScope: boolean): boolean {
  const scope = result['cacheScope']
  if (scope === 'private' || (scope === undefined && !hasCacheScope)) return false
  result['cacheScope'] = 'private'
  return true
}

type Mutable = Record<string, unknown>

function isMutable(value: unknown): value is Mutable {
  return isJsonObject(value)
}
