// What a numbered migration is: it takes the schema from the version before it to its own.

export interface Migration {
  /** The `user_version` of a database after this migration. */
  readonly version: number
  /** SQL statements, run in the one transaction of all pending migrations. */
  readonly sql: string
}
