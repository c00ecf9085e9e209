// A credential written into a manifest.
import { parentPointer, textAt } from '../../../core/pointer.ts'
import type { LintedResource } from '../lint-set.ts'
import { labelOf } from '../../finding.ts'
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'

export const inlineSecret: LintRule = {
  id: 'inline-secret',
  severity: 'warning',
  summary: 'A credential written into the manifest',
  why:
    'Manifests are committed, copied and shown; what stands in them is readable for everybody who gets to see one, and ' +
    'stays in the history after it was removed. The guide asks for secret references instead of inline plaintext.',
  check(set, report) {
    for (const on of set.linted()) {
      for (const pointer of on.resource.sensitive) {
        const text = textAt(on.resource.manifest, pointer)
        if (text !== undefined && (text.trim() === '' || isTemplate(text))) continue
        const { kind, name } = on.resource
        report(on, {
          pointer,
          message: `${kind} ${quote(name)} holds the value of ${nameOf(on, pointer)} in clear.`,
          hint: hintFor(kind, pointer),
        })
      }
    }
  },
}

/** A place where another tool puts the value in, such as `${CLIENT_SECRET}`, is none itself. */
function isTemplate(text: string): boolean {
  return /^\s*(?:\$\w+|\$\{\w+\}|\{\{[^{}]*\}\})\s*$/.test(text)
}

/** The setting or header that a value belongs to; for other fields, their path. */
function nameOf({ resource }: LintedResource, pointer: string): string {
  const item = pointer.endsWith('/value') ? parentPointer(pointer) : pointer
  const name = textAt(resource.manifest, `${item}/name`)
  return name === undefined ? labelOf(item) : quote(name)
}

/** Kinds whose `{name, value}` items may have a secretKeyRef as well. */
const withReferences = new Set(['Component', 'HTTPEndpoint', 'MCPServer'])

function hintFor(kind: string, pointer: string): string {
  if (!withReferences.has(kind) || !pointer.endsWith('/value')) {
    return 'Keep it out of files that are shared.'
  }
  return 'Store it with "mcpauth secret set", and write a secretKeyRef in the place of value.'
}
