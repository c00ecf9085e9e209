// A scope that a bearer demands and tells no client to ask for.
import { readScopeHierarchy } from '../../../core/token-settings.ts'
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'
import { bearer, lintedComponents, literalSetting, scopesIn } from '../settings.ts'

export const unadvertisedScope: LintRule = {
  id: 'unadvertised-scope',
  severity: 'warning',
  summary: 'A required scope that clients are not told to ask for',
  why:
    'MCP clients ask for the scopes that the challenge and the metadata of a server name, which are those of the setting ' +
    'scopes. A token with these and no more is refused with 403 when requiredScopes holds another one, and the client has ' +
    'to log in twice; a client without a user, such as one with the client credentials grant, may give up.',
  targets: ['mcpauth'],
  check(set, report) {
    for (const on of lintedComponents(set, (type) => type === bearer)) {
      const { manifest, name } = on.resource
      const scopes = literalSetting(manifest, 'scopes')
      const required = literalSetting(manifest, 'requiredScopes')
      if (scopes === undefined || required === undefined) continue
      const advertised = scopesIn(scopes.text)
      const read = readScopeHierarchy(literalSetting(manifest, 'scopeHierarchy')?.text ?? '')
      const hierarchy = 'value' in read ? read.value : new Map<string, ReadonlySet<string>>()
      const missing = scopesIn(required.text).filter(
        (scope) =>
          !advertised.some((one) => one === scope || hierarchy.get(one)?.has(scope) === true),
      )
      if (missing.length === 0) continue
      report(on, {
        pointer: required.pointer,
        message: `Component ${quote(name)} requires ${missing.map((scope) => quote(scope)).join(', ')}, which its setting "scopes" does not name.`,
        hint: 'Add it to scopes, or remove scopes: without it clients are told requiredScopes.',
      })
    }
  },
}
