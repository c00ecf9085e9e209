// An HTTP verb in lower case in an access control operation.
import { joinPointer } from '../../../core/pointer.ts'
import { operationsOf } from '../access-control.ts'
import { replaceValue } from '../edits.ts'
import type { LintRule } from '../rule.ts'

export const verbCase: LintRule = {
  id: 'verb-case',
  severity: 'error',
  summary: 'An HTTP verb in lower case in an access control operation',
  why:
    'Dapr compares verbs letter for letter: `get` matches no request, so that the operation never applies and the ' +
    'default action decides instead. Here an allow never applies either; a deny is obeyed in any case.',
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      for (const { pointer, verbs } of operationsOf(on.resource.manifest)) {
        for (const [index, verb] of verbs.entries()) {
          if (verb === verb.toUpperCase()) continue
          const at = joinPointer(`${pointer}/httpVerb`, index)
          report(on, {
            pointer: at,
            message: `The verb "${verb}" matches no request: verbs are upper case.`,
            hint: `Write "${verb.toUpperCase()}".`,
            ...replaceValue(on, at, verb.toUpperCase()),
          })
        }
      }
    }
  },
}
