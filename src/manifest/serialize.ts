// JSON values → YAML text that stays the same for the same value.
import { stringify } from 'yaml'

import type { Json } from '../core/json.ts'

/** YAML 1.2 with keys in the order of the value; text that other readers could take for something else is quoted. */
export function toYaml(value: Json): string {
  return stringify(value, {
    aliasDuplicateObjects: false,
    // YAML 1.1 readers, Dapr's among them, read a plain yes, 012 or 1:30 as other than text.
    compat: 'yaml-1.1',
    lineWidth: 0,
    version: '1.2',
  })
}
