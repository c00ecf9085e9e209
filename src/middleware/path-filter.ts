// pathFilter: an RE2 expression that may match anywhere in the decoded path, as Go's MatchString does in Dapr.
import { RE2JS } from 're2js'
import type { MetadataReader } from './metadata.ts'

const longest = 1024

/** Whether a path (canonically percent-encoded, without the query) is concerned; every path is when there is no filter. */
export type PathFilter = (path: string) => boolean

export function readPathFilter(reader: MetadataReader<'pathFilter'>): PathFilter {
  const text = reader.text('pathFilter')
  if (text === undefined) return () => true
  if (Array.from(text).length > longest) {
    throw reader.complaint('pathFilter', `is longer than ${longest} characters`)
  }
  const expression = compile(text, reader)
  return (path) => expression.matcher(decoded(path)).find()
}

function compile(text: string, reader: MetadataReader<'pathFilter'>): RE2JS {
  try {
    return RE2JS.compile(text)
  } catch {
    throw reader.complaint(
      'pathFilter',
      'is not a valid RE2 expression',
      'Use RE2 syntax, which has no look-around and no back-references.',
    )
  }
}

/** A path whose escapes are no UTF-8 is matched as written. */
function decoded(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
