// An App ID with a Configuration that does not exist.
import { textAt } from '../../../core/pointer.ts'
import { unknownConfiguration as mismatchOf } from '../../../core/reference-match.ts'
import type { LintRule } from '../rule.ts'

export const unknownConfiguration: LintRule = {
  id: 'unknown-configuration',
  severity: 'error',
  summary: 'An App ID with a Configuration that does not exist',
  why:
    'An App ID has one Configuration, which holds its pipelines and its access control. `apply` refuses a name that ' +
    'leads nowhere: the app would have to run without them. Lint all manifests of a project together, or name the ' +
    'project with --project.',
  check(set, report) {
    for (const on of set.linted('AppIdentity')) {
      const name = textAt(on.resource.manifest, '/spec/appConfig') ?? ''
      // An empty one detaches.
      if (name === '' || set.isOpen('Configuration', name)) continue
      if (set.find('Configuration', name) !== undefined) continue
      const { message, hint } = mismatchOf(set, name)
      report(on, { pointer: '/spec/appConfig', message, hint })
    }
  },
}
