// Runs the generated validators.
import type { Json } from '../core/json.ts'
import { validators, type Violation } from './generated/validators.ts'

/** All violations of the schema with this title. */
export function violationsOf(title: string, value: Json): readonly Violation[] {
  const validate = validators[title]
  if (validate === undefined) throw new TypeError(`no schema has the title ${title}`)
  return validate(value) ? [] : (validate.errors ?? [])
}
