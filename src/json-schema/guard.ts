// What no schema says and arguments must keep to all the same, so that the server reads what was judged.
import type { ArgumentProblem } from '../core/mcp-access.ts'
import { foldedName } from '../core/folded-name.ts'
import { isJsonObject, type Json } from '../core/json.ts'
import { joinPointer } from '../core/pointer.ts'
import { isExact } from './check.ts'

/**
 * The first value that two readers could take for two: a number that a double does not hold exactly, or a member that
 * only looks like one of which the schema speaks. `names` maps the folded form of those to their spellings.
 */
export function ambiguityIn(
  value: Json,
  names: ReadonlyMap<string, ReadonlySet<string>>,
): ArgumentProblem | undefined {
  const visit = (inner: Json, path: string): ArgumentProblem | undefined => {
    if (typeof inner === 'number') {
      return isExact(inner) ? undefined : { path, keyword: 'exact-number' }
    }
    if (typeof inner !== 'object' || inner === null) return undefined
    for (const [name, member] of Object.entries(inner)) {
      const spellings = isJsonObject(inner) ? names.get(foldedName(name)) : undefined
      if (spellings?.has(name) === false) return { path, keyword: 'look-alike' }
      const found = visit(member, joinPointer(path, name))
      if (found !== undefined) return found
    }
    return undefined
  }
  return visit(value, '')
}

/** Every name of a member that a schema speaks of, by its folded form. */
export function namesIn(schema: Json): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>()
  const add = (name: string): void => {
    const folded = foldedName(name)
    names.set(folded, (names.get(folded) ?? new Set()).add(name))
  }
  const visit = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, member] of Object.entries(value)) {
      if (['properties', 'dependentRequired', 'dependentSchemas'].includes(key)) {
        for (const name of isJsonObject(member) ? Object.keys(member) : []) add(name)
      }
      if (key === 'required' && Array.isArray(member)) {
        for (const name of member as readonly Json[]) if (typeof name === 'string') add(name)
      }
      visit(member)
    }
  }
  visit(schema)
  return names
}
