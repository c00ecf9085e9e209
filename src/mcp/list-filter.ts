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

/** Changes the response in place; true when it did. */
function filterResponse(response: unknown, filter: ListFilter): boolean {
  if (!isMutable(response)) return false
  const { id, result } = response
  if (!isMutable(result)) return false
  const known = (typeof id === 'string' || typeof id === 'number') && filter.asked.has(id)
  if (!known) {
    // An answer to something asked elsewhere, such as one replayed after a broken stream, is known by its form alone.
    return listKinds.map((kind) => filterList(result, kind, filter)).includes(true)
  }
  const kind = filter.asked.get(id)
  return kind !== undefined && filterList(result, kind, filter)
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
