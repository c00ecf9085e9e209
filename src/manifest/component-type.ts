// Which component types and versions exist, and which of them run here.
import { suggest } from '../core/suggest.ts'
import type { Report } from './finding.ts'
import { componentTypes } from './generated/component-types.ts'
import { knownComponentTypes } from './known-component-types.ts'
import { quote } from './problem.ts'

const pointer = '/spec/type'

/** Reports a type or version that does not exist (error) or does not run here (warning). */
export function checkType(type: string, version: string | undefined, report: Report): void {
  const versions = versionsOf(type)
  if (versions === undefined) {
    report({
      rule: 'unknown-type',
      pointer,
      message: `Component type ${quote(type)} does not exist.`,
      hint: typeHint(type),
    })
    return
  }
  if (version !== undefined && !versions.includes(version)) {
    report({
      rule: 'unknown-version',
      pointer: '/spec/version',
      message: `Component type ${quote(type)} has no version ${quote(version)}.`,
      hint: `Use ${versions.join(' or ')}.`,
    })
  }
  if (runsHere(type)) return
  const consequence = isMiddleware(type) ? '; a pipeline that uses it answers 503' : ''
  report({
    severity: 'warning',
    rule: 'not-run',
    pointer,
    message: `${type} is stored but not run here${consequence}.`,
  })
}

/** Reports a pipeline handler's type that cannot be one. */
export function checkHandlerType(type: string, at: string, report: Report): void {
  if (versionsOf(type) === undefined) {
    const message = `Component type ${quote(type)} does not exist.`
    report({ rule: 'unknown-type', pointer: at, message, hint: typeHint(type) })
  } else if (!isMiddleware(type)) {
    const message = `${type} is not a middleware.`
    const hint = 'Use a type that starts with middleware.http.'
    report({ rule: 'not-middleware', pointer: at, message, hint })
  } else if (!runsHere(type)) {
    const message = `${type} is not run here; the pipeline answers 503.`
    report({ severity: 'warning', rule: 'not-run', pointer: at, message })
  }
}

export function isMiddleware(type: string): boolean {
  return type.startsWith('middleware.http.')
}

function runsHere(type: string): boolean {
  return Object.hasOwn(componentTypes, type)
}

function versionsOf(type: string): readonly string[] | undefined {
  if (Object.hasOwn(componentTypes, type)) return [componentTypes[type]?.version ?? 'v1']
  return knownComponentTypes.get(type)
}

function typeHint(type: string): string {
  const meant = suggest(type, [...Object.keys(componentTypes), ...knownComponentTypes.keys()])
  if (meant !== undefined) return `Did you mean ${quote(meant)}?`
  return `Use one of: ${Object.keys(componentTypes).join(', ')}, or another type of Dapr's.`
}
