// A middleware that Catalyst does not have.
import { componentType } from '../../../core/component.ts'
import { quote } from '../../problem.ts'
import { bearer, browserLogin, clientCredentials, lintedComponents } from '../settings.ts'
import type { LintRule } from '../rule.ts'

export const catalystType: LintRule = {
  id: 'catalyst-type',
  severity: 'warning',
  summary: 'A middleware that is not among those of Catalyst',
  why:
    'Catalyst documents eight of Dapr’s middlewares. One that is not loaded is skipped by a pipeline, and requests go ' +
    'through without it.',
  targets: ['catalyst'],
  check(set, report) {
    for (const on of lintedComponents(set, isMissing)) {
      const { manifest, name } = on.resource
      report(on, {
        pointer: '/spec/type',
        message: `The type ${componentType(manifest)} of Component ${quote(name)} is none that Catalyst documents.`,
        hint: 'Make sure that Catalyst takes it, or use another middleware.',
      })
    }
  },
}

const documented: ReadonlySet<string> = new Set([
  bearer,
  browserLogin,
  clientCredentials,
  ...['opa', 'ratelimit', 'routeralias', 'routerchecker', 'sentinel'].map(
    (name) => `middleware.http.${name}`,
  ),
])

function isMissing(type: string): boolean {
  return type.startsWith('middleware.') && !documented.has(type)
}
