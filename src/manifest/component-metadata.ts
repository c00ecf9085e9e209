// The settings of a component, checked against the schema of its type.
import type { Json } from '../core/json.ts'
import { joinPointer } from '../core/pointer.ts'
import { textAt } from './access.ts'
import { explain } from './explain.ts'
import { type Finding, type Report, sentence } from './finding.ts'
import {
  type ComponentField,
  type ComponentType,
  componentTypes,
} from './generated/component-types.ts'
import { quote } from './problem.ts'
import { violationsOf } from './schema.ts'
import { textProblem } from './text-values.ts'

const items = '/spec/metadata'

/** The schema's spelling of a setting's name, which matches without regard to case, or by an alias. */
export function canonicalName(type: string, name: string): string | undefined {
  const known = typeOf(type)
  if (known === undefined) return undefined
  return spellings(known).get(name.toLowerCase())
}

/** Reports unknown, missing, duplicate and wrong settings. Does nothing for types without a schema. */
export function checkMetadata(type: string, list: readonly Json[], report: Report): void {
  const known = typeOf(type)
  const index = indexItems(list, report)
  if (known === undefined) return
  const literals = Object.fromEntries(
    // A value kept elsewhere is checked when it is resolved. White space around a value does not count there either.
    [...index].map(([name, item]) => [name, (textAt(list[item], 'value') ?? '').trim()]),
  )
  for (const finding of explain(violationsOf(known.title, literals))) {
    const relocated = relocate(finding, index, list)
    if (relocated !== undefined) report(relocated)
  }
  const names = new Set(index.keys())
  for (const [name, item] of index) {
    const field = Object.hasOwn(known.fields, name) ? known.fields[name] : undefined
    const text = literals[name] ?? ''
    const pointer = `${joinPointer(items, item)}/value`
    if (text !== '' && field !== undefined) {
      checkText(text, { name, field, others: names }, (found) => report({ pointer, ...found }))
    }
  }
}

interface Setting {
  readonly name: string
  readonly field: ComponentField
  /** The names of all settings. */
  readonly others: ReadonlySet<string>
}

function checkText(
  text: string,
  { name, field, others }: Setting,
  report: (found: Pick<Finding, 'rule' | 'message' | 'hint'>) => void,
): void {
  const problem = textProblem(field, text, others)
  if (problem === undefined) return
  const isInsecure = 'reason' in problem && problem.reason === 'insecure'
  report({ rule: isInsecure ? 'insecure-url' : 'value', ...sentence(name, problem) })
}

/** Canonical name → position in the list. */
function indexItems(list: readonly Json[], report: Report): Map<string, number> {
  const index = new Map<string, number>()
  const seen = new Set<string>()
  for (const [position, item] of list.entries()) {
    const name = textAt(item, 'name')
    if (name === undefined || name === '') continue
    if (seen.has(name.toLowerCase())) {
      report({
        rule: 'duplicate-setting',
        pointer: `${joinPointer(items, position)}/name`,
        message: `The setting ${quote(name)} is there twice.`,
        hint: 'Remove one of the two.',
      })
      continue
    }
    seen.add(name.toLowerCase())
    if (name !== '__proto__') index.set(name, position)
  }
  return index
}

/** A finding about the object of settings, as one about the list of items. */
function relocate(
  finding: Finding,
  index: ReadonlyMap<string, number>,
  list: readonly Json[],
): Finding | undefined {
  if (finding.rule === 'missing-field') {
    return { ...finding, pointer: items, message: `The setting ${finding.message}` }
  }
  const name = finding.pointer.slice(1).replaceAll('~1', '/').replaceAll('~0', '~')
  const position = index.get(name)
  if (position === undefined) return undefined
  const pointer = joinPointer(items, position)
  if (finding.rule === 'unknown-field') {
    const message = finding.message
      .replace('Unknown field', 'Unknown setting')
      .replace(/^Field/, 'Setting')
      .replace('at the top level', 'in spec.metadata')
    return { ...finding, rule: 'unknown-setting', pointer: `${pointer}/name`, at: 'value', message }
  }
  if (textAt(list[position], 'value') === undefined) return undefined
  return { ...finding, pointer: `${pointer}/value` }
}

function typeOf(type: string): ComponentType | undefined {
  return Object.hasOwn(componentTypes, type) ? componentTypes[type] : undefined
}

function spellings(known: ComponentType): ReadonlyMap<string, string> {
  const cached = spellingsOf.get(known)
  if (cached !== undefined) return cached
  const entries = Object.entries(known.fields)
  const map = new Map([
    ...entries.flatMap(([name, { aliases }]) =>
      aliases.map((alias) => [alias.toLowerCase(), name] as const),
    ),
    ...entries.map(([name]) => [name.toLowerCase(), name] as const),
  ])
  spellingsOf.set(known, map)
  return map
}

const spellingsOf = new WeakMap<ComponentType, ReadonlyMap<string, string>>()
