// Field differences between two manifests, with sensitive values compared but never shown.
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { redacted } from '../core/secret.ts'
import { joinPointer, textAt, withValues } from '../core/pointer.ts'

export interface FieldChange {
  /**
   * RFC 6901, except that an item of a list of named items goes by its name, not by its index:
   * `/spec/metadata[jwksURL]/value`. One item that comes or goes would otherwise rename all that follow.
   */
  readonly pointer: string
  /** Absent when the field is new. */
  readonly before?: Json
  /** Absent when the field is gone. */
  readonly after?: Json
}

/** A manifest with its real values, and the pointers of those that must be shown as `***`. */
export interface Version {
  readonly manifest: JsonObject
  readonly sensitive: readonly string[]
}

/** The smallest fields that differ, in document order. */
export function fieldChanges(before: Version, after: Version): FieldChange[] {
  const changes: FieldChange[] = []
  const sides = {
    before: { real: before.manifest, shown: shown(before) },
    after: { real: after.manifest, shown: shown(after) },
  }
  compare('', sides, changes)
  return changes
}

interface Side {
  readonly real: Json
  readonly shown: Json
}

interface Sides {
  readonly before: Side | undefined
  readonly after: Side | undefined
}

function shown(version: Version): JsonObject {
  return withValues(
    version.manifest,
    new Map(version.sensitive.map((pointer) => [pointer, redacted])),
  )
}

function compare(pointer: string, { before, after }: Sides, changes: FieldChange[]): void {
  if (before === undefined || after === undefined || !bothHaveMembers(before.real, after.real)) {
    compareLeaves(pointer, { before, after }, changes)
    return
  }
  if (namedLists.has(pointer) && isNamedList(before.real) && isNamedList(after.real)) {
    compareItems(pointer, { before, after }, changes)
    return
  }
  const names = new Set([...memberNames(before.real), ...memberNames(after.real)])
  for (const name of names) {
    const sides = { before: member(before, name), after: member(after, name) }
    compare(joinPointer(pointer, name), sides, changes)
  }
}

function compareLeaves(pointer: string, { before, after }: Sides, changes: FieldChange[]): void {
  if (before !== undefined && after !== undefined && sameJson(before.real, after.real)) return
  changes.push({
    pointer,
    ...(before === undefined ? {} : { before: before.shown }),
    ...(after === undefined ? {} : { after: after.shown }),
  })
}

/** Lists in which only the names count; the order of a pipeline's handlers, for one, does. */
const namedLists: ReadonlySet<string> = new Set([
  '/spec/metadata',
  '/spec/headers',
  '/spec/endpoint/streamableHTTP/headers',
  '/spec/endpoint/sse/headers',
  '/spec/endpoint/stdio/env',
])

function compareItems(
  pointer: string,
  { before, after }: { readonly before: Side; readonly after: Side },
  changes: FieldChange[],
): void {
  const [olds, news] = [itemNames(before.real), itemNames(after.real)]
  for (const name of new Set([...olds, ...news])) {
    const sides = {
      before: olds.includes(name) ? member(before, String(olds.indexOf(name))) : undefined,
      after: news.includes(name) ? member(after, String(news.indexOf(name))) : undefined,
    }
    compare(`${pointer}[${name}]`, sides, changes)
  }
  const kept = olds.filter((name) => news.includes(name))
  const keptNow = news.filter((name) => olds.includes(name))
  if (!sameJson(kept, keptNow)) changes.push({ pointer, before: kept, after: keptNow })
}

/** Whether every item has a name of its own. */
function isNamedList(value: Json): boolean {
  const names = itemNames(value)
  return new Set(names).size === memberNames(value).length
}

function itemNames(value: Json): string[] {
  return memberNames(value).flatMap((index) => {
    const name = textAt(value, `/${index}/name`)
    return name === undefined ? [] : [name]
  })
}

function sameJson(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b)
}

function bothHaveMembers(a: Json, b: Json): boolean {
  return (Array.isArray(a) && Array.isArray(b)) || (isJsonObject(a) && isJsonObject(b))
}

function memberNames(value: Json): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

/** A masked value is no container, so below it everything is masked too. */
function member(side: Side, name: string): Side | undefined {
  const real = ownMember(side.real, name)
  if (real === undefined) return undefined
  return { real, shown: ownMember(side.shown, name) ?? redacted }
}

function ownMember(value: Json, name: string): Json | undefined {
  if (Array.isArray(value)) return (value as readonly Json[])[Number(name)]
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
