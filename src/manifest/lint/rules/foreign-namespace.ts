// A policy for a caller of another namespace, where a project has only one.
import { textAt } from '../../../core/pointer.ts'
import { policiesOf, policyLabel } from '../access-control.ts'
import type { LintSet } from '../lint-set.ts'
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'

export const foreignNamespace: LintRule = {
  id: 'foreign-namespace',
  severity: 'warning',
  summary: 'An access control policy for callers of another namespace',
  why:
    'Here and in Catalyst the project takes the place of the namespace, and every caller is an App ID of the same project. ' +
    'A policy with another namespace is about nobody; the default action decides. In Dapr callers of other namespaces ' +
    'exist.',
  targets: ['mcpauth', 'catalyst'],
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      const policies = policiesOf(on.resource.manifest).map((policy) => ({
        policy,
        namespace: textAt(policy.policy, '/namespace') ?? '',
      }))
      const first = policies.find(({ namespace }) => namespace !== '')?.namespace
      const expected = expectedIn(set, first)
      for (const { policy, namespace } of policies) {
        if (namespace === '' || expected === undefined || namespace === expected.name) continue
        report(on, {
          pointer: `${policy.pointer}/namespace`,
          message: `The namespace ${quote(namespace)} of ${policyLabel(policy)} is not ${expected.label}.`,
          hint: 'Write the name of the project, or leave the namespace out.',
        })
      }
    }
  },
}

/** What all policies must have as their namespace; without a project, at least the same one. */
function expectedIn(
  { project }: LintSet,
  first: string | undefined,
): { readonly name: string; readonly label: string } | undefined {
  if (project !== undefined) return { name: project, label: `the project ${quote(project)}` }
  if (first === undefined) return undefined
  return { name: first, label: `${quote(first)}, that of another policy` }
}
