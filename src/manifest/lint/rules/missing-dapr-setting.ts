// A setting that has a default here, and that Dapr demands.
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'
import { clientCredentials, hasSetting, lintedComponents } from '../settings.ts'

export const missingDaprSetting: LintRule = {
  id: 'missing-dapr-setting',
  severity: 'error',
  summary: 'A setting that is missing for Dapr',
  why:
    'Dapr’s middleware.http.oauth2clientcredentials does not start without headerName and scopes, although its ' +
    'documentation calls scopes optional, and daprd exits with it. Here the header is Authorization, and no scopes are ' +
    'asked for.',
  targets: ['dapr', 'catalyst'],
  check(set, report) {
    for (const on of lintedComponents(set, (type) => type === clientCredentials)) {
      const { manifest, name } = on.resource
      const missing = ['headerName', 'scopes'].filter((setting) => !hasSetting(manifest, setting))
      if (missing.length === 0) continue
      report(on, {
        pointer: '/spec/metadata',
        at: 'key',
        message: `Dapr does not start Component ${quote(name)}, because it has no ${missing.join(' and no ')}.`,
        hint: `Add ${missing.join(' and ')}.`,
      })
    }
  },
}
