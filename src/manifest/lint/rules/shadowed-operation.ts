// Operations and policies that never decide, because another one always does.
import { textAt } from '../../../core/pointer.ts'
import { operationsIn, policiesOf, policyLabel, type Policy } from '../access-control.ts'
import type { LintedResource } from '../lint-set.ts'
import { isDead, OperationPaths } from '../../../core/operation-paths.ts'
import { quote } from '../../problem.ts'
import type { LintReport, LintRule } from '../rule.ts'

export const shadowedOperation: LintRule = {
  id: 'shadowed-operation',
  severity: 'warning',
  summary: 'An access control operation or policy that another one hides',
  why:
    'Dapr takes the first pattern that fits, segment by segment, and a pattern covers everything below what it matches: ' +
    'with /mcp and /mcp/admin in one policy, in either order, /mcp decides about /mcp/admin. Of equal patterns the first ' +
    'counts, whatever their verbs are; of two policies for one App ID and namespace the last. Here a deny that is hidden is ' +
    'obeyed all the same, and of two policies each can deny.',
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      const policies = policiesOf(on.resource.manifest)
      for (const [index, policy] of policies.entries()) {
        const isReplaced = policies.slice(index + 1).some((later) => isSame(policy, later))
        if (isReplaced) reportReplaced(on, policy, report)
        else reportShadowed(on, policy, report)
      }
    }
  },
}

/** Whether two policies are about the same caller; what is left out is filled in, and may be anything. */
function isSame(one: Policy, other: Policy): boolean {
  return ['appId', 'namespace'].every(
    (field) => textAt(one.policy, `/${field}`) === textAt(other.policy, `/${field}`),
  )
}

function reportReplaced(on: LintedResource, policy: Policy, report: LintReport): void {
  const label = policyLabel(policy)
  report(on, {
    pointer: `${policy.pointer}/appId`,
    message: `In Dapr a later policy for the same App ID and namespace takes the place of ${label}.`,
    hint: 'Merge the two.',
  })
}

function reportShadowed(on: LintedResource, policy: Policy, report: LintReport): void {
  const operations = operationsIn(policy)
  const paths = new OperationPaths(operations.map(({ name }) => name))
  for (const [index, { pointer, name }] of operations.entries()) {
    const deciders = paths.deciders(index)
    if (deciders.has(index) || isDead(name)) continue
    const others = operations.filter((_, other) => deciders.has(other)).map((other) => other.name)
    const { reason, hint } = whatHides(name, others)
    report(on, {
      pointer: `${pointer}/name`,
      message: `Dapr never comes to operation ${quote(name)} of ${policyLabel(policy)}: ${reason}.`,
      hint,
    })
  }
}

function whatHides(
  name: string,
  others: readonly string[],
): { readonly reason: string; readonly hint: string } {
  if (others.length === 0) {
    const reason = 'the search for its paths ends in the pattern of an operation before it'
    return { reason, hint: 'Remove it, or put it before the others.' }
  }
  if (others.some((other) => other.toLowerCase() === name.toLowerCase())) {
    return {
      reason: 'an operation before it has the same pattern',
      hint: 'Merge the two; what happens to other verbs the default action says.',
    }
  }
  const names = others.map((other) => quote(other)).join(' and ')
  return { reason: `${names} is found first`, hint: `Remove it, or narrow ${names}.` }
}
