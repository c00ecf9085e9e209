// One violation of a schema → one plain sentence. Values are not repeated: any of them may be a secret.
import { suggest } from '../core/suggest.ts'
import { joinPointer } from '../core/pointer.ts'
import { type Finding, labelOf } from './finding.ts'
import { quote } from './problem.ts'
import type { Violation } from './generated/validators.ts'

/** The findings for a document's violations; a missing field and a misspelt one become one finding. */
export function explain(violations: readonly Violation[]): Finding[] {
  const missing = new Map<string, Violation>()
  for (const violation of violations) {
    if (violation.keyword !== 'required') continue
    missing.set(joinPointer(violation.instancePath, missingField(violation)), violation)
  }
  const findings: Finding[] = []
  for (const violation of violations) {
    if (violation.keyword !== 'additionalProperties') continue
    findings.push(unknownField(violation, missing))
  }
  for (const violation of violations) {
    if (/^(?:additionalProperties|const|if)$/.test(violation.keyword)) continue
    if (violation.keyword === 'required') {
      const pointer = joinPointer(violation.instancePath, missingField(violation))
      if (missing.has(pointer)) findings.push(missingFinding(violation, pointer))
      continue
    }
    findings.push({ pointer: violation.instancePath, ...valueFinding(violation) })
  }
  return findings
}

function unknownField(violation: Violation, missing: Map<string, Violation>): Finding {
  const field = String(violation.params['additionalProperty'])
  const known = Object.keys(violation.parentSchema.properties ?? {})
  const parent = violation.instancePath
  const place = parent === '' ? 'at the top level' : `in ${labelOf(parent)}`
  const finding = {
    rule: 'unknown-field',
    pointer: joinPointer(parent, field),
    at: 'key',
  } as const
  const absent = known.filter((name) => missing.has(joinPointer(parent, name)))
  const meant = suggest(field, absent) ?? suggest(field, known)
  if (meant === undefined) {
    return {
      ...finding,
      message: `Unknown field ${quote(field)} ${place}.`,
      hint: `Remove it, or use one of: ${known.join(', ')}.`,
    }
  }
  const wasMissing = missing.delete(joinPointer(parent, meant))
  const message = wasMissing
    ? `Field ${quote(meant)} is missing ${place}; ${quote(field)} is unknown.`
    : `Unknown field ${quote(field)} ${place}.`
  const hint = `Did you mean ${quote(meant)}?`
  // Only the case is wrong: Dapr's file loader would take it, and nothing else can be meant.
  const isCertain = meant.toLowerCase() === field.toLowerCase()
  return { ...finding, message, hint, ...(isCertain ? { replacement: meant } : {}) }
}

function missingFinding(violation: Violation, pointer: string): Finding {
  const field = missingField(violation)
  return {
    rule: 'missing-field',
    // The field itself has no place; its parent's key has.
    pointer: violation.instancePath,
    at: 'key',
    message: `${labelOf(pointer)} is missing.`,
    hint: `Add ${field}.`,
  }
}

function missingField(violation: Violation): string {
  return String(violation.params['missingProperty'])
}

type Explanation = Pick<Finding, 'rule' | 'message'> & { readonly hint?: string }

function valueFinding(violation: Violation): Explanation {
  const { params, data } = violation
  const label = labelOf(violation.instancePath) || 'The document'
  switch (violation.keyword) {
    case 'type':
      return wrongType(label, params['type'], data)
    case 'enum': {
      const values = (violation.parentSchema.enum ?? []).join(', ')
      return { rule: 'value', message: `${label} must be one of: ${values}.`, hint: 'Correct it.' }
    }
    case 'minLength':
      return { rule: 'value', message: `${label} is empty.`, hint: 'Give it a value.' }
    case 'maxLength': {
      const message = `${label} is longer than ${String(params['limit'])} characters.`
      return { rule: 'value', message, hint: 'Shorten it.' }
    }
    case 'minimum':
    case 'maximum': {
      const bound = violation.keyword === 'minimum' ? 'at least' : 'at most'
      const message = `${label} must be ${bound} ${String(params['limit'])}.`
      return { rule: 'value', message, hint: 'Correct it.' }
    }
    case 'pattern':
      return {
        rule: 'value',
        message: `${label} must match ${String(params['pattern'])}.`,
        hint: 'Correct it.',
      }
    default:
      return { rule: 'value', message: `${label} is not valid.`, hint: 'See the reference.' }
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'a mapping',
  array: 'a list',
}

function wrongType(label: string, type: unknown, data: unknown): Explanation {
  const wanted = (Array.isArray(type) ? (type as unknown[]) : [type])
    .filter((name) => name !== 'null')
    .map((name) => typeNames[String(name)] ?? String(name))
    .join(' or ')
  if (data === null) {
    return {
      rule: 'type',
      message: `${label} is empty; it must be ${wanted}.`,
      hint: 'Give it a value, or remove it.',
    }
  }
  const quotable = type === 'string' && (typeof data === 'number' || typeof data === 'boolean')
  return {
    rule: 'type',
    message: `${label} must be ${wanted}.`,
    hint: quotable ? 'Quote this value.' : 'Correct it.',
  }
}
