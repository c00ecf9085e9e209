// A deny that is obeyed here and that Dapr passes by for some calls.
import type { AccessPolicy } from '../../../core/access-control.ts'
import { passedOver, type PassedOver } from '../../../core/passed-over.ts'
import { valueAt } from '../../../core/pointer.ts'
import { accessControlPointer, readAccessControl } from '../../../core/read-access-control.ts'
import { quote } from '../../problem.ts'
import type { LintedResource } from '../lint-set.ts'
import type { LintReport, LintRule } from '../rule.ts'

export const passedOverDeny: LintRule = {
  id: 'passed-over-deny',
  severity: 'warning',
  summary: 'A deny in access control that Dapr does not obey for every call',
  why:
    'Here a deny is obeyed wherever its pattern fits, unless an allow for a narrower pattern, or for the verb by name, is found ' +
    'first. Dapr obeys only the one operation that its search ends at, or the default action when it ends at none. The finding ' +
    'names a call that is denied here and reaches the app there.',
  targets: ['dapr', 'catalyst'],
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      const block = valueAt(on.resource.manifest, accessControlPointer)
      if (block === undefined) continue
      const control = readAccessControl(block, {
        project: set.project ?? '',
        placeOf: (pointer) => pointer,
      })
      for (const policy of control.policies) {
        for (const each of passedOver(control, policy)) reportPassedOver(on, policy, each, report)
      }
    }
  },
}

function reportPassedOver(
  on: LintedResource,
  { appId, operations }: AccessPolicy,
  { operation, path, method, instead }: PassedOver,
  report: LintReport,
): void {
  const { name = '', place = '' } = operations[operation] ?? {}
  const decider = operations[instead ?? -1]?.name
  const what = decider === undefined ? 'the default action' : `operation ${quote(decider)}`
  report(on, {
    pointer: place,
    message: `In Dapr ${what} allows ${method} ${path}, which operation ${quote(name)} of the policy for ${quote(appId)} denies here.`,
    hint:
      decider === undefined
        ? 'Make defaultAction deny, or write a pattern that Dapr finds.'
        : `Put it before ${quote(decider)}, or narrow that one.`,
  })
}
