// A secret store that is a Component of another type.
import { notSecretStore } from '../../../core/reference-match.ts'
import type { LintRule } from '../rule.ts'
import { storesOf } from '../stores.ts'

export const notASecretStore: LintRule = {
  id: 'not-a-secret-store',
  severity: 'error',
  summary: 'An auth.secretStore that names a Component of another type',
  why:
    'No secret can come out of it. Dapr parks a Component whose secret store is not loaded, and reports a successful ' +
    'start; here `apply` refuses it.',
  check(set, report) {
    for (const { on, pointer, component } of storesOf(set)) {
      const mismatch = component === undefined ? undefined : notSecretStore(component)
      if (mismatch === undefined) continue
      const { message, hint } = mismatch
      report(on, { pointer, message, hint })
    }
  },
}
