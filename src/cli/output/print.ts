// The result of a command → text in the wanted form.
import { toJson } from './json.ts'
import { toNames } from './name.ts'
import type { Printable } from './printable.ts'
import type { Style } from './style.ts'
import { toYamlText } from './yaml.ts'

/** A format that is none of the others reads as `table`. */
export async function printed(result: Printable, format: unknown, style: Style): Promise<string> {
  if (format === 'json') return toJson(result.json())
  if (format === 'yaml') return toYamlText(result.json())
  if (format === 'name') return toNames(result.names())
  return result.text(style)
}
