// A dollar sign in a Configuration, which Dapr reads as an environment variable.
import { isJsonObject, type Json } from '../../../core/json.ts'
import { joinPointer } from '../../../core/pointer.ts'
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'

export const envExpansion: LintRule = {
  id: 'env-expansion',
  severity: 'warning',
  summary: 'A Configuration with something that Dapr takes for an environment variable',
  why:
    'daprd replaces $NAME and ${NAME} in the whole text of a Configuration file by environment variables before it reads ' +
    'it; one that is not set becomes nothing. Here the text is taken as it stands, so that the two mean different things.',
  targets: ['dapr'],
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      const secret = new Set(on.resource.sensitive)
      for (const { pointer, text } of textsIn(on.resource.manifest, '')) {
        const [variable] = /\$(?:\w+|\{\w+\})/.exec(text) ?? []
        if (variable === undefined) continue
        const label = secret.has(pointer) ? 'what follows "$" here' : quote(variable)
        report(on, {
          pointer,
          message: `Dapr replaces ${label} by the value of an environment variable.`,
          hint: 'Write the value, or one without "$".',
        })
      }
    }
  },
}

function textsIn(
  value: Json,
  pointer: string,
): { readonly pointer: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ pointer, text: value }]
  if (Array.isArray(value)) {
    return value.flatMap((item: Json, index) => textsIn(item, joinPointer(pointer, index)))
  }
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, joinPointer(pointer, key)))
}
