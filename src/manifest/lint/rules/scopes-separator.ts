// Scopes with something between them that separates nothing.
import { tokenSetters } from '../handlers.ts'
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'
import { lintedComponents, literalSetting, scopesIn } from '../settings.ts'

export const scopesSeparator: LintRule = {
  id: 'scopes-separator',
  severity: 'warning',
  summary: 'Scopes separated by something else than commas or spaces',
  why:
    'Scopes are split at commas and white space here, and at commas in Dapr. With anything else between them the server is ' +
    'asked for one scope of that whole name, which it does not have. A YAML list becomes JSON text, brackets and quotes ' +
    'included.',
  check(set, report) {
    for (const on of lintedComponents(set, (type) => tokenSetters.has(type))) {
      const scopes = literalSetting(on.resource.manifest, 'scopes')
      if (scopes === undefined) continue
      const glued = scopesIn(scopes.text).find((scope) => isGlued(scope))
      if (glued === undefined) continue
      const name = quote(on.resource.name)
      report(on, {
        pointer: scopes.pointer,
        message: scopes.text.startsWith('[')
          ? `The scopes of Component ${name} are a list, which becomes text with brackets and quotes.`
          : `Component ${name} asks for ${quote(glued)} as one scope.`,
        hint: 'Separate scopes by commas.',
      })
    }
  },
}

/** Two scopes with `;`, `|` or an escaped space between them, or quotes, which no scope may have (RFC 6749 §3.3). */
function isGlued(scope: string): boolean {
  return /["\\]/.test(scope) || /[^;|%](?:[;|]|%20|%2C)+[^;|%]/i.test(scope)
}
