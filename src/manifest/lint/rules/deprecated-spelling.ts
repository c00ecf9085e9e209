// Older and other names of kinds and settings.
import { namedItems } from '../../../core/component.ts'
import { textAt } from '../../../core/pointer.ts'
import { replaceValue } from '../edits.ts'
import type { LintedResource } from '../lint-set.ts'
import type { LintFinding, LintRule } from '../rule.ts'

export const deprecatedSpelling: LintRule = {
  id: 'deprecated-spelling',
  severity: 'warning',
  summary: 'An older or other name of a kind or setting',
  why:
    'An older page of Catalyst spells the kind AppIdentity as AppID. Aliases of settings say less than the names they ' +
    'stand for (bearer’s clientID is the audience), and where both are given the alias counts for nothing. `--fix` writes ' +
    'the canonical name.',
  check(set, report) {
    for (const on of set.linted('AppIdentity')) {
      const written = textAt(on.document.value, '/kind') ?? ''
      const { kind } = on.resource
      if (written === kind) continue
      report(on, {
        pointer: '/kind',
        message: `The kind ${written} is an older spelling of ${kind}.`,
        hint: `Write ${kind}.`,
        ...replaceValue(on, '/kind', kind),
      })
    }
    for (const on of set.linted('Component')) {
      for (const finding of aliases(on)) report(on, finding)
    }
  },
}

/** Settings under another name than their own; case does not count in Dapr. */
function aliases(on: LintedResource): LintFinding[] {
  return namedItems(on.resource.manifest, '/spec/metadata').flatMap(({ name, pointer }) => {
    const at = `${pointer}/name`
    const written = textAt(on.document.value, at) ?? name
    if (written.toLowerCase() === name.toLowerCase()) return []
    return [
      {
        pointer: at,
        message: `The setting "${written}" is another name of "${name}".`,
        hint: `Write "${name}".`,
        ...replaceValue(on, at, name),
      },
    ]
  })
}
