// A middleware that Dapr leaves out when it fails to start.
import { componentType } from '../../../core/component.ts'
import { valueAt } from '../../../core/pointer.ts'
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'

export const failOpen: LintRule = {
  id: 'fail-open',
  severity: 'error',
  targets: ['dapr', 'catalyst'],
  summary: 'A middleware with ignoreErrors, which Dapr leaves out when it fails to start',
  why:
    'With ignoreErrors Dapr starts without a Component that fails, and a pipeline skips a handler whose Component it does ' +
    'not find: one moment in which the keys of the issuer cannot be fetched, and every request goes through unchecked.',
  check(set, report) {
    for (const on of set.linted('Component')) {
      const { manifest, name } = on.resource
      if (!componentType(manifest).startsWith('middleware.http.')) continue
      if (valueAt(manifest, '/spec/ignoreErrors') !== true) continue
      report(on, {
        pointer: '/spec/ignoreErrors',
        at: 'key',
        message: `When ${quote(name)} fails to start, Dapr goes on without it and lets requests through.`,
        hint: 'Remove ignoreErrors.',
      })
    }
  },
}
