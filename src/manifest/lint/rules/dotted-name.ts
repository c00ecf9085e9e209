// An HTTPEndpoint with a dot in its name.
import type { LintRule } from '../rule.ts'

export const dottedName: LintRule = {
  id: 'dotted-name',
  severity: 'warning',
  summary: 'An HTTPEndpoint with a dot in its name',
  why:
    'Dapr splits the name of a target at its dots into an App ID and a namespace before it looks for an HTTPEndpoint: ' +
    'with one dot it looks for the first part alone, with more it answers `invalid app id`. Here such names work; for ' +
    'the targets dapr and catalyst they are an error.',
  check(set, report) {
    for (const on of set.linted('HTTPEndpoint')) {
      const { name } = on.resource
      if (!name.includes('.')) continue
      report(on, {
        pointer: '/metadata/name',
        severity: set.target === 'mcpauth' ? 'warning' : 'error',
        message: `HTTPEndpoint "${name}" cannot be called in Dapr, which takes a dot for the start of a namespace.`,
        hint: `Rename it, such as to "${name.replaceAll('.', '-')}".`,
      })
    }
  },
}
