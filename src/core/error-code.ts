// The codes that Node, SQLite and their kin put on errors.

/** The `code` of an error, such as `ENOENT`, or `fallback` when it has none. */
export function codeOf(error: unknown, fallback = ''): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return fallback
  return typeof error.code === 'string' ? error.code : fallback
}
