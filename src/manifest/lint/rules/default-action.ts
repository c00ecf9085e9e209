// Access control that does not say what happens to everybody else.
import { textAt } from '../../../core/pointer.ts'
import { policiesOf } from '../access-control.ts'
import type { LintRule } from '../rule.ts'

export const defaultAction: LintRule = {
  id: 'default-action',
  severity: 'warning',
  summary: 'Access control policies without a default action',
  why:
    'Dapr’s documentation says that calls which no policy is about are denied then. But a Configuration that daprd reads ' +
    'from a file starts from defaultAction allow, so that every other caller, and without mTLS every caller at all, is ' +
    'let through. Here they are denied.',
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      const { manifest } = on.resource
      if (policiesOf(manifest).length === 0) continue
      if (textAt(manifest, '/spec/accessControl/defaultAction') !== undefined) continue
      report(on, {
        pointer: '/spec/accessControl',
        at: 'key',
        message:
          'accessControl has policies and no defaultAction: Dapr lets every other caller through when it reads this from a file.',
        hint: 'Add defaultAction: deny.',
      })
    }
  },
}
