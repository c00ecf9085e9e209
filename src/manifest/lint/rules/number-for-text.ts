// A number where Dapr takes text only.
import { valueAt } from '../../../core/pointer.ts'
import { quote } from '../../problem.ts'
import type { LintedResource } from '../lint-set.ts'
import type { LintFinding, LintRule } from '../rule.ts'

export const numberForText: LintRule = {
  id: 'number-for-text',
  severity: 'warning',
  summary: 'A number where Dapr takes text only',
  why:
    'The definitions that Dapr brings to Kubernetes have a type for every field: one that is text there is refused as a ' +
    'number, and the whole resource with it. `--fix` writes the quotes.',
  targets: ['dapr', 'catalyst'],
  check(set, report) {
    for (const [kind, pointers] of Object.entries(textFields)) {
      for (const on of set.linted(kind)) {
        for (const pointer of pointers) {
          const value = valueAt(on.resource.manifest, pointer)
          if (typeof value !== 'number') continue
          const field = pointer.slice('/spec/'.length).replaceAll('/', '.')
          const text = textOf(value, on.document.sourceAt(pointer))
          report(on, {
            pointer,
            message: `${field} of ${kind} ${quote(on.resource.name)} is a number, but Dapr takes text.`,
            hint: `Write "${text}", with the quotes.`,
            ...quoted(on, pointer, text),
          })
        }
      }
    }
  },
}

/** Kind → what is text in Dapr and may be a number here; test/manifest/lint/targets.test.ts compares it with Dapr's. */
export const textFields: Readonly<Record<string, readonly string[]>> = {
  Configuration: ['/spec/tracing/samplingRate'],
}

/** As written, unless that is a notation of YAML's own, such as 0x1. */
function textOf(value: number, source: string | undefined): string {
  return source !== undefined && /^\d+(?:\.\d+)?$/.test(source) ? source : String(value)
}

/** What an alias repeats is another value's text. */
function quoted(
  { document, source }: LintedResource,
  pointer: string,
  text: string,
): Pick<LintFinding, 'fix'> {
  const span = document.locate(pointer)
  if (span === undefined || !/^[\w.+-]+$/.test(source.text.slice(span.start, span.end))) return {}
  return { fix: { edits: [{ ...span, text: `"${text}"` }], changes: [pointer] } }
}
