// A middleware that no pipeline runs.
import { componentType } from '../../../core/component.ts'
import { suggest } from '../../../core/suggest.ts'
import { handlersOf } from '../handlers.ts'
import type { LintRule } from '../rule.ts'

export const unusedComponent: LintRule = {
  id: 'unused-component',
  severity: 'warning',
  summary: 'A middleware Component that no handler names',
  why:
    'A Component of a middleware type does nothing by itself: it runs only where a Configuration lists it. A bearer ' +
    'that no pipeline names checks no token.',
  check(set, report) {
    const handlers = set.all('Configuration').flatMap(({ manifest }) => handlersOf(manifest))
    if (handlers.length === 0 && !set.knowsAppIds) return
    if (set.mayLack('Configuration')) return
    const known = set.names('Component')
    const named = new Set(
      // A misspelt name is one mistake, and said of the handler.
      handlers.map(({ name }) => (known.includes(name) ? name : suggest(name, known))),
    )
    for (const on of set.linted('Component')) {
      const { name, manifest } = on.resource
      const type = componentType(manifest)
      if (!type.startsWith('middleware.') || named.has(name)) continue
      report(on, {
        pointer: '/metadata/name',
        message: `No handler names the Component "${name}" of type ${type}, so that it never runs.`,
        hint: 'List it in the pipeline of a Configuration, or remove it.',
      })
    }
  },
}
