// A Configuration that no App ID runs.
import { textAt } from '../../../core/pointer.ts'
import { suggest } from '../../../core/suggest.ts'
import type { LintRule } from '../rule.ts'

export const unattachedConfiguration: LintRule = {
  id: 'unattached-configuration',
  severity: 'warning',
  summary: 'A Configuration that no App ID runs',
  why:
    'A Configuration works for the App IDs whose `spec.appConfig` names it, and for nobody else: until then its ' +
    'pipelines check nothing and attach nothing.',
  check(set, report) {
    if (!set.knowsAppIds || set.mayLack('AppIdentity')) return
    // What these kinds of Catalyst run with is not known here.
    if (set.all('App').length > 0 || set.all('Agent').length > 0) return
    const known = set.names('Configuration')
    const named = new Set(
      set
        .all('AppIdentity')
        .map(({ manifest }) => textAt(manifest, '/spec/appConfig') ?? '')
        .filter((name) => name !== '')
        // A misspelt name is one mistake, and said of the App ID.
        .map((name) => (known.includes(name) ? name : suggest(name, known))),
    )
    for (const on of set.linted('Configuration')) {
      const { name } = on.resource
      if (named.has(name)) continue
      report(on, {
        pointer: '/metadata/name',
        message: `No App ID runs the Configuration "${name}".`,
        hint: `Set spec.appConfig: ${name} in an AppIdentity, or remove the Configuration.`,
      })
    }
  },
}
