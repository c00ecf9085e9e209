// A path pattern that no request can match.
import { operationsIn, policiesOf, policyLabel } from '../access-control.ts'
import { isDead } from '../../../core/operation-paths.ts'
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'

export const deadPattern: LintRule = {
  id: 'dead-pattern',
  severity: 'warning',
  summary: 'An access control pattern that no path matches',
  why:
    'In Dapr a lone * matches at the end of a path only: /mcp/*/tools is never found. Paths are cleaned before they are ' +
    'compared, so that no pattern with an empty or a dot segment, or with a slash at its end, is found either; those with ' +
    '"?" or "#" are refused before. The default action decides instead. Here a deny with a * in the middle, or with a slash ' +
    'at its end, is obeyed.',
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      for (const policy of policiesOf(on.resource.manifest)) {
        for (const { pointer, name } of operationsIn(policy)) {
          if (!isDead(name)) continue
          report(on, {
            pointer: `${pointer}/name`,
            message: `In Dapr pattern ${quote(name)} of ${policyLabel(policy)} matches no path.`,
            hint: hintFor(name),
          })
        }
      }
    }
  },
}

function hintFor(name: string): string {
  if (/[?#]/.test(name)) return 'Write the path without query and fragment.'
  if (/\/\*\//.test(name)) return 'Use "**" for a segment in the middle, or list the paths.'
  return `Write ${quote(cleaned(name))}.`
}

/** As Dapr cleans the paths of requests. */
function cleaned(path: string): string {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return `/${segments.join('/')}`
}
