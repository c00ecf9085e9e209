// A plain name, scope, header or setting that YAML 1.1 readers take for a boolean, a date or a number.
import { componentTypes } from '../../generated/component-types.ts'
import { componentType } from '../../../core/component.ts'
import type { JsonObject } from '../../../core/json.ts'
import { joinPointer, listAt, textAt } from '../../../core/pointer.ts'
import { labelOf } from '../../finding.ts'
import { readsDifferently } from '../../yaml-1.1.ts'
import type { LintedResource } from '../lint-set.ts'
import type { LintRule } from '../rule.ts'

export const unquotedText: LintRule = {
  id: 'unquoted-text',
  severity: 'warning',
  summary: 'A name, scope, header or setting that YAML 1.1 readers take for something else',
  why:
    'To the readers of Dapr and Kubernetes a plain no or on is a boolean, 12:30 a number and 2024-01-01 a date: a name is ' +
    'refused or means another one, and a value arrives as other text than was written. `--fix` quotes it.',
  check(set, report) {
    for (const on of set.linted()) {
      for (const pointer of textPointers(on)) {
        const source = on.document.sourceAt(pointer)
        const span = on.document.locate(pointer)
        const isText = textAt(on.document.value, pointer) !== undefined
        if (!isText || source === undefined || span === undefined) continue
        if (!readsDifferently(source)) continue
        const isPlain = on.source.text.slice(span.start, span.end) === source
        report(on, {
          pointer,
          message: `${labelOf(pointer)} is text, but YAML 1.1 readers such as Dapr's take it for something else.`,
          hint: 'Quote this value.',
          ...(isPlain ? { fix: { edits: [{ ...span, text: `"${source}"` }], changes: [] } } : {}),
        })
      }
    }
  },
}

/** Where text must stand and nothing else can be meant. */
function textPointers({ resource: { manifest } }: LintedResource): string[] {
  return [
    '/metadata/name',
    '/metadata/namespace',
    ...below(manifest, '/scopes', ''),
    ...below(manifest, '/spec/headers', '/value'),
    ...below(manifest, '/spec/httpPipeline/handlers', '/name'),
    ...below(manifest, '/spec/appHttpPipeline/handlers', '/name'),
    // The settings of the other types are looked at when they are read.
    ...(Object.hasOwn(componentTypes, componentType(manifest))
      ? []
      : below(manifest, '/spec/metadata', '/value')),
  ]
}

function below(manifest: JsonObject, list: string, rest: string): string[] {
  return listAt(manifest, list).map((_, index) => `${joinPointer(list, index)}${rest}`)
}
