// The version of this package.
import { readFileSync } from 'node:fs'

import { isJsonObject } from '../core/json.ts'

/** As in package.json, two folders up from both src/cli and dist/cli. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const manifest: unknown = JSON.parse(text)
  const version = isJsonObject(manifest) ? manifest['version'] : undefined
  return typeof version === 'string' ? version : 'unknown'
}
