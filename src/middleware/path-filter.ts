// pathFilter: an RE2 expression that may match anywhere in the decoded path, as Go's MatchString does in Dapr.
import { compileExpression } from './expression.ts'
import type { MetadataReader } from './metadata.ts'

/** Whether a path (canonically percent-encoded, without the query) is concerned; every path is when there is no filter. */
export type PathFilter = (path: string) => boolean

export function readPathFilter(reader: MetadataReader<'pathFilter'>): PathFilter {
  const text = reader.text('pathFilter')
  if (text === undefined) return () => true
  const expression = compileExpression(text, 'pathFilter', reader)
  return (path) => expression.matcher(decoded(path)).find()
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
