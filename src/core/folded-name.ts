// Names of JSON members as careless readers compare them.

/**
 * Go's encoding/json takes a member for a field whatever its case is, and folds ſ to s and K to k. Names of one folded form
 * are one name there.
 */
export function foldedName(name: string): string {
  const safe = name.replaceAll(manyMarks, '$&\u034f')
  // Upper case first: some readers compare like that, and ı is I there.
  return safe.normalize('NFKC').toUpperCase().toLowerCase()
}

/** Marks are sorted in a time that grows with the square of their number, unless something parts them (UAX #15, D4). */
const manyMarks = /[\p{M}\u{ff9e}\u{ff9f}]{30}/gu
