// A path that a wildcard seems to cover, and that a longer pattern takes away from it.
import { operationsIn, policiesOf, policyLabel } from '../access-control.ts'
import { OperationPaths, prefixesOf } from '../../../core/operation-paths.ts'
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'

export const uncoveredPath: LintRule = {
  id: 'uncovered-path',
  severity: 'warning',
  summary: 'A path that a wildcard seems to cover and does not',
  why:
    'Dapr searches segment by segment and never goes back: with /foo/bar before /*, the segment /foo is taken, and as no ' +
    'pattern ends there nothing matches. The default action decides about /foo, whatever /* says. Here it decides too, ' +
    'unless /* denies.',
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      for (const policy of policiesOf(on.resource.manifest)) {
        const operations = operationsIn(policy)
        const paths = new OperationPaths(operations.map(({ name }) => name))
        for (const { pointer, name } of operations) {
          if (!name.includes('*')) continue
          const own = new OperationPaths([name])
          for (const { name: other } of operations) {
            const lost = prefixesOf(other).find(
              (path) => own.find(path) !== undefined && paths.find(path) === undefined,
            )
            if (other === name || lost === undefined) continue
            report(on, {
              pointer: `${pointer}/name`,
              message: `Operation ${quote(name)} of ${policyLabel(policy)} does not cover ${quote(lost)}, because ${quote(other)} begins there.`,
              hint: `Add an operation for ${quote(lost)}.`,
            })
          }
        }
      }
    }
  },
}
