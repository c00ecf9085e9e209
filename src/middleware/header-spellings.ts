// Headers by every spelling that a server could read as their name.
import type { HeaderList } from '../core/header-list.ts'
import { dashed } from '../core/header-name.ts'

/** Deletes what has one of the names, lower case and with `-` for `_`, or could be taken for it. */
export function deleteSpellings(headers: HeaderList, fields: ReadonlySet<string>): void {
  const { raw } = headers
  const found: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase()
    if (fields.has(dashed(name))) found.push(name)
  }
  for (const name of found) headers.delete(name)
}
