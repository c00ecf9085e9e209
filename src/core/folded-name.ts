// Names of JSON members as careless readers compare them.

/**
 * Go's encoding/json takes a member for a field whatever its case is, and folds ſ to s and K to k. Names of one folded form
 * are one name there.
 */
export function foldedName(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
