// A policy without what Dapr needs to know its caller.
import { textAt } from '../../../core/pointer.ts'
import { policiesOf, policyLabel } from '../access-control.ts'
import type { LintRule } from '../rule.ts'

export const policyIncomplete: LintRule = {
  id: 'policy-incomplete',
  severity: 'error',
  summary: 'An access control policy without trustDomain or namespace',
  why:
    'Dapr refuses to start with "invalid access control spec" when a policy lacks one of appId, trustDomain and namespace, ' +
    'although its documentation has a default for trustDomain. Here they may be left out.',
  targets: ['dapr'],
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      for (const policy of policiesOf(on.resource.manifest)) {
        const missing = ['trustDomain', 'namespace'].filter(
          (field) => (textAt(policy.policy, `/${field}`) ?? '') === '',
        )
        if (missing.length === 0) continue
        const label = policyLabel(policy)
        report(on, {
          pointer: `${policy.pointer}/appId`,
          message: `Dapr does not start, because ${label} has no ${missing.join(' and no ')}.`,
          hint: `Add ${missing.join(' and ')}.`,
        })
      }
    }
  },
}
