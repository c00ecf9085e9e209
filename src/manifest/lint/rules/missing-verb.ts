// An operation that decides nothing because it names no HTTP verb.
import { operationsIn, policiesOf, policyLabel } from '../access-control.ts'
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'

export const missingVerb: LintRule = {
  id: 'missing-verb',
  severity: 'warning',
  summary: 'An access control operation without an HTTP verb',
  why:
    'For HTTP apps Dapr looks the action up by the verb of the request. An operation without httpVerb has none to find: ' +
    'its action is ignored, and the default action decides about its paths. A deny can become an allow that way. Here an ' +
    'allow is ignored too; a deny is obeyed for every verb.',
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      for (const policy of policiesOf(on.resource.manifest)) {
        for (const { pointer, name, verbs, action = '' } of operationsIn(policy)) {
          if (verbs.length > 0) continue
          report(on, {
            pointer: `${pointer}/name`,
            message: `Operation ${quote(name)} of ${policyLabel(policy)} has no httpVerb, so that Dapr ignores its action ${quote(action)}.`,
            hint: 'Add httpVerb: ["*"], or the verbs it is about.',
          })
        }
      }
    }
  },
}
