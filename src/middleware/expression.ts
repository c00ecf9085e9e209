// Settings that are RE2 expressions, which Dapr's components match with Go's regexp package.
import { RE2JS } from 're2js'
import type { MetadataReader } from './metadata.ts'

const longest = 1024

/** Throws the complaint about a field that is too long or no RE2 expression. */
export function compileExpression<Field extends string>(
  text: string,
  field: Field,
  reader: Pick<MetadataReader<Field>, 'complaint'>,
): RE2JS {
  if (Array.from(text).length > longest) {
    throw reader.complaint(field, `is longer than ${longest} characters`)
  }
  try {
    return RE2JS.compile(text)
  } catch {
    throw reader.complaint(
      field,
      'is not a valid RE2 expression',
      'Use RE2 syntax, which has no look-around and no back-references.',
    )
  }
}
