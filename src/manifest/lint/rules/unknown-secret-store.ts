// A secret store that does not exist.
import { unknownSecretStore as mismatchOf } from '../../../core/reference-match.ts'
import type { LintRule } from '../rule.ts'
import { storesOf } from '../stores.ts'

export const unknownSecretStore: LintRule = {
  id: 'unknown-secret-store',
  severity: 'error',
  summary: 'An auth.secretStore that names no Component',
  why:
    'Dapr parks a Component whose secret store is not loaded until that store appears, and reports a successful start. ' +
    'The store `kubernetes` is there by default on Kubernetes, and only there.',
  check(set, report) {
    for (const { on, pointer, name, component } of storesOf(set)) {
      if (component !== undefined) continue
      const { message, hint } = mismatchOf(set, name)
      if (name !== builtIn) report(on, { pointer, message, hint })
      else if (set.target === 'mcpauth') {
        report(on, {
          pointer,
          // `apply` refuses it in the project.
          severity: set.project === undefined ? 'warning' : 'error',
          message: `The secret store "${builtIn}" is there on Kubernetes only, and not here.`,
          hint: 'Leave auth.secretStore out to use the built-in store.',
        })
      }
    }
  },
}

const builtIn = 'kubernetes'
