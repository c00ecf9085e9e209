// Reads where a token comes from that is shown to an authorization server: a setting, or the file that another one names.
import path from 'node:path'
import type { Oauth2Metadata } from '../../core/generated/types.ts'
import { Secret } from '../../core/secret.ts'
import type { ShownToken } from '../../oauth/shown-token.ts'
import type { MetadataReader } from '../metadata.ts'

type Field = keyof Oauth2Metadata

/** Undefined when neither is set. Throws HANDLER_UNUSABLE for both, and for a path that depends on where a sidecar is started. */
export function readShownSetting(
  reader: MetadataReader<Field>,
  valueField: Field,
  fileField: Field,
): ShownToken | undefined {
  const value = reader.text(valueField)
  const file = reader.text(fileField)
  if (value !== undefined && file !== undefined) {
    throw reader.complaint(fileField, `stands beside ${valueField}`, 'Remove one of them.')
  }
  if (file !== undefined && !path.isAbsolute(file)) {
    throw reader.complaint(fileField, 'is not an absolute path', 'Write the path from the root.')
  }
  if (value !== undefined) return { kind: 'value', value: new Secret(value) }
  return file === undefined ? undefined : { kind: 'file', path: file }
}
