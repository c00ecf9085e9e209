// A Component that gets tokens by itself here, and sends users to a login in Dapr.
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'
import { browserLogin, hasSetting, isUserLogin, lintedComponents } from '../settings.ts'

export const headlessOauth2: LintRule = {
  id: 'headless-oauth2',
  severity: 'warning',
  summary: 'middleware.http.oauth2 that is meant to work without a browser',
  why:
    'Dapr’s middleware.http.oauth2 is a login: it answers a request without a session cookie with a redirect to authURL, so ' +
    'that an MCP client gets a login page, and it needs a redirectURL and an authHeaderName. What the guide promises, ' +
    'acquire and attach, is middleware.http.oauth2clientcredentials there.',
  targets: ['dapr'],
  check(set, report) {
    for (const on of lintedComponents(set, (type) => type === browserLogin)) {
      // With one it is written for the login.
      if (hasSetting(on.resource.manifest, 'redirectURL') || isUserLogin(on.resource.manifest)) {
        continue
      }
      report(on, {
        pointer: '/spec/type',
        message: `Component ${quote(on.resource.name)} is a login in a browser in Dapr, not a client that gets tokens by itself.`,
        hint: 'Use middleware.http.oauth2clientcredentials for Dapr; "mcpauth export --target kubernetes" writes it.',
      })
    }
  },
}
