// Resiliency: policies that can be read, and targets whose policies exist.
import { compileTrip } from '../../cel/trip.ts'
import { millisecondsProblem, statusCodesProblem } from '../../core/resiliency.ts'
import type { JsonObject } from '../../core/json.ts'
import { joinPointer } from '../../core/pointer.ts'
import type { RuleProblem } from '../../core/rule-problem.ts'
import { hintWith, suggest } from '../../core/suggest.ts'
import { objectAt, textAt } from '../access.ts'
import { sentence, type Report } from '../finding.ts'
import { quote } from '../problem.ts'
import type { Kind } from './kind.ts'

const policies = '/spec/policies'
const targets = '/spec/targets'

export const resiliency: Kind = {
  kind: 'Resiliency',
  apiVersions: ['dapr.io/v1alpha1'],
  schema: 'Resiliency',
  naming: 'subdomain',

  check(manifest, report) {
    checkPolicies(manifest, report)
    for (const [name, target] of members(manifest, 'targets', 'apps')) {
      checkNames(target, { manifest, pointer: joinPointer(`${targets}/apps`, name), report })
    }
    for (const section of ['actors', 'components']) {
      if (members(manifest, 'targets', section).length === 0) continue
      report({
        severity: 'warning',
        rule: 'not-run',
        pointer: `${targets}/${section}`,
        at: 'key',
        message: `targets.${section} is stored but not run here.`,
      })
    }
  },

  sensitive: () => [],
}

/** The objects of a section by name; what is none has been reported by the schema. */
function members(manifest: JsonObject, ...path: string[]): [name: string, member: JsonObject][] {
  const section = objectAt(manifest, 'spec', ...path) ?? {}
  return Object.keys(section).flatMap((name): [string, JsonObject][] => {
    const member = objectAt(section, name)
    return member === undefined ? [] : [[name, member]]
  })
}

function checkPolicies(manifest: JsonObject, report: Report): void {
  const check = (
    owner: JsonObject,
    { pointer, field }: { readonly pointer: string; readonly field: string },
    ruleOf: (text: string) => RuleProblem | undefined,
  ): void => {
    const text = textAt(owner, field)
    const problem = text === undefined ? undefined : ruleOf(text)
    if (problem === undefined) return
    report({ rule: 'value', pointer: joinPointer(pointer, field), ...sentence(field, problem) })
  }
  const timeouts = objectAt(manifest, 'spec', 'policies', 'timeouts') ?? {}
  for (const field of Object.keys(timeouts)) {
    check(timeouts, { pointer: `${policies}/timeouts`, field }, millisecondsProblem)
  }
  for (const [name, retry] of members(manifest, 'policies', 'retries')) {
    const pointer = joinPointer(`${policies}/retries`, name)
    check(retry, { pointer, field: 'duration' }, millisecondsProblem)
    check(retry, { pointer, field: 'maxInterval' }, millisecondsProblem)
    const matching = objectAt(retry, 'matching') ?? {}
    const field = 'httpStatusCodes'
    check(matching, { pointer: `${pointer}/matching`, field }, statusCodesProblem)
  }
  for (const [name, breaker] of members(manifest, 'policies', 'circuitBreakers')) {
    const pointer = joinPointer(`${policies}/circuitBreakers`, name)
    check(breaker, { pointer, field: 'interval' }, millisecondsProblem)
    check(breaker, { pointer, field: 'timeout' }, millisecondsProblem)
    check(breaker, { pointer, field: 'trip' }, (text) => compileTrip(text).problem)
  }
}

/** Field of a target → the section of the policies that it names one of. */
const sections = {
  timeout: 'timeouts',
  retry: 'retries',
  circuitBreaker: 'circuitBreakers',
} as const

/** daprd calls without a policy that it does not find, and says nothing. */
function checkNames(
  target: JsonObject,
  { manifest, pointer, report }: { manifest: JsonObject; pointer: string; report: Report },
): void {
  for (const [field, section] of Object.entries(sections)) {
    const name = textAt(target, field)
    const known = Object.keys(objectAt(manifest, 'spec', 'policies', section) ?? {})
    if (name === undefined || name === '' || known.includes(name)) continue
    report({
      rule: 'value',
      pointer: `${pointer}/${field}`,
      message: `${quote(name)} is not among policies.${section} of this resource.`,
      hint: hintWith(suggest(name, known), 'Define it there, or name another one.'),
    })
  }
}
