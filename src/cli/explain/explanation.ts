// What `mcpauth explain` and docs/errors.md say of one thing that mcpauth reports by an id.

/** Why something is reported and what helps: plain sentences, in which `…` marks what is typed or read literally. */
export interface Prose {
  readonly why: string
  /** One imperative a line. */
  readonly remedies: readonly string[]
}

export interface Explanation extends Prose {
  /** As it is reported, such as an error code. */
  readonly id: string
  readonly summary: string
  /** What a program has to know, such as the exit code: by the name a program reads. */
  readonly facts: Readonly<Record<string, number | string>>
}
