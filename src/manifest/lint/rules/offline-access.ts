// The scope of refresh tokens, asked for by a client that needs none.
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'
import { headlessSetters, literalSetting, scopesIn } from '../settings.ts'

export const offlineAccess: LintRule = {
  id: 'offline-access',
  severity: 'warning',
  summary: 'The scope offline_access in a client credentials grant',
  why:
    'offline_access asks for a refresh token, which keeps a login alive without its user. Here nobody logs in: the client ' +
    'gets its next token with its secret. A server that does not grant the scope answers invalid_scope, and no request ' +
    'gets a token.',
  check(set, report) {
    for (const on of headlessSetters(set)) {
      const scopes = literalSetting(on.resource.manifest, 'scopes')
      if (scopes === undefined || !scopesIn(scopes.text).includes('offline_access')) continue
      report(on, {
        pointer: scopes.pointer,
        message: `Component ${quote(on.resource.name)} asks for offline_access, which the client credentials grant has no use for.`,
        hint: 'Remove offline_access.',
      })
    }
  },
}
