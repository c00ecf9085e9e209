// One problem in a manifest: what, where, and what to do about it.

/** Both 1-based; columns count UTF-16 code units, as editors do. */
export interface Position {
  readonly line: number
  readonly column: number
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
}

/** `file:line:column` */
export function placeOf(diagnostic: Pick<Diagnostic, 'file' | 'start'>): string {
  return `${diagnostic.file}:${diagnostic.start.line}:${diagnostic.start.column}`
}
