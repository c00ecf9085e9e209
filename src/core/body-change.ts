// A change of a body on its way, piece by piece.

export interface BodyChange {
  /** What goes on now; the rest of a character or the like may be held back. */
  write(chunk: Buffer): Buffer
  /** What was held back. */
  end(): Buffer
}

/** Several changes, one after the other. */
export function inSequence(changes: readonly BodyChange[]): BodyChange {
  const through = (chunk: Buffer, from: number): Buffer =>
    changes.slice(from).reduce((piece, change) => change.write(piece), chunk)
  return {
    write: (chunk) => through(chunk, 0),
    end: () => Buffer.concat(changes.map((change, index) => through(change.end(), index + 1))),
  }
}
