// One problem in a manifest: what, where, and what to do about it.

/** Both 1-based; columns count UTF-16 code units, as editors do. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A text in place of a range of a file's text, in UTF-16 offsets; `end` is exclusive. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The member at `pointer` is called `to` from then on. */
export interface Rename {
  readonly pointer: string
  readonly to: string
}

/** A correction that a program can make. */
export interface Fix {
  /** They do not overlap. */
  readonly edits: readonly Edit[]
  /** RFC 6901 pointers, in the document the diagnostic is about, below which alone values may change. */
  readonly changes: readonly string[]
  /** Members that get another name, and keep their place and their value. */
  readonly renames?: readonly Rename[]
}

export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  /** Stable kebab-case id, such as `unknown-field`. */
  readonly rule: string
  /** As the user named it; `-` reads as `<stdin>`. */
  readonly file: string
  readonly start: Position
  /** Exclusive; absent where only a point is known. */
  readonly end?: Position
  /** One sentence that says what is wrong, with the names involved. */
  readonly message: string
  /** One imperative sentence. */
  readonly hint?: string
  readonly fix?: Fix
}

/** `file:line:column` */
export function placeOf(diagnostic: Pick<Diagnostic, 'file' | 'start'>): string {
  return `${diagnostic.file}:${diagnostic.start.line}:${diagnostic.start.column}`
}
