// The scope of refresh tokens, asked for by a client that needs none, or by a server that never gets one.
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'
import { bearer, headlessSetters, lintedComponents, literalSetting, scopesIn } from '../settings.ts'

export const offlineAccess: LintRule = {
  id: 'offline-access',
  severity: 'warning',
  summary: 'The scope offline_access where it has no use',
  why:
    'offline_access asks for a refresh token, which keeps a login alive without its user. Here nobody logs in: the client ' +
    'gets its next token with its secret. A server that does not grant the scope answers invalid_scope, and no request ' +
    'gets a token. A protected server must not tell clients to ask for it either (MCP authorization): whether a client ' +
    'stays logged in is between it and the authorization server.',
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
    // Elsewhere clients are told nothing.
    if (set.target !== 'mcpauth') return
    for (const on of lintedComponents(set, (type) => type === bearer)) {
      for (const name of ['scopes', 'requiredScopes']) {
        const scopes = literalSetting(on.resource.manifest, name)
        if (scopes === undefined || !scopesIn(scopes.text).includes('offline_access')) continue
        report(on, {
          pointer: scopes.pointer,
          message: `Component ${quote(on.resource.name)} tells clients to ask for offline_access.`,
          hint: 'Remove offline_access.',
        })
      }
    }
  },
}
