// The one door to SQLite: opened safely, migrated, with immediate writes and errors in words.
import BetterSqlite3 from 'better-sqlite3'
import { applicationId, databaseFile, prepareDatabaseFile, refuseNewer } from './database-file.ts'
import { latestVersion, migrations } from './migrations/index.ts'
import { createPrivateFile } from './private-file.ts'
import { explainSqliteError, storeUnusable } from './store-errors.ts'

type SqlValue = string | number | Buffer | null

export interface DatabaseOptions {
  readonly home: string
  readonly random: (size: number) => Buffer
  /** Upper bound of the file in pages of 4 KiB. */
  readonly maxPages?: number
  /** How long to wait for another writer; default 5 s. */
  readonly busyTimeoutMs?: number
  /** Makes, migrates and writes nothing; throws when there is no database of this version. */
  readonly readOnly?: boolean
}

/** Waiting longer for another writer helps nobody: a write takes milliseconds. */
const defaultBusyTimeoutMs = 5000

/** A connection. Every method throws STORE_BUSY or STORE_UNUSABLE when SQLite cannot do its work. */
export class Database {
  readonly file: string
  readonly #connection: BetterSqlite3.Database
  readonly #statements = new Map<string, BetterSqlite3.Statement<SqlValue[]>>()
  readonly #random: (size: number) => Buffer
  #writing = false

  constructor(options: DatabaseOptions) {
    this.#random = options.random
    const readOnly = options.readOnly === true
    this.file = readOnly
      ? databaseFile(options.home)
      : prepareDatabaseFile(options.home, newDatabaseImage, this.#uniqueName())
    this.#connection = this.#guard(() => connect(this.file, options))
    try {
      this.#guard(() => {
        if (readOnly) this.#requireCurrent()
        else {
          this.#configure(options.maxPages)
          this.#migrate()
        }
      })
    } catch (error) {
      this.#connection.close()
      throw error
    }
  }

  /** How long calls wait for another writer from now on, in ms; the process does nothing else meanwhile. */
  setBusyTimeout(ms: number): void {
    this.#guard(() => this.#connection.pragma(`busy_timeout = ${Math.trunc(ms)}`))
  }

  /** True inside `write`. */
  get writing(): boolean {
    return this.#writing
  }

  /** The first row, in the shape the caller knows the statement to have (tables are STRICT). */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it types the row
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller wrote the statement
    return this.#guard(() => this.#statement(sql).get(...values) as Row | undefined)
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller wrote the statement
    return this.#guard(() => this.#statement(sql).all(...values) as Row[])
  }

  /** Returns the number of rows changed. */
  run(sql: string, ...values: SqlValue[]): number {
    return this.#guard(() => this.#statement(sql).run(...values).changes)
  }

  /** Runs `work` on one consistent view of the data. It must not write. */
  read<T>(work: () => T): T {
    if (this.#connection.inTransaction) return work()
    return this.#guard(() => this.#connection.transaction(work).deferred())
  }

  /**
   * Runs `work` in a transaction that holds the write lock from its start (a read that turns into a write fails with
   * SQLITE_BUSY whatever the timeout). All or nothing; inside another write it joins that one.
   */
  write<T>(work: () => T): T {
    if (this.#writing) return work()
    return this.#guard(() => {
      try {
        return this.#connection
          .transaction(() => {
            this.#writing = true
            return work()
          })
          .immediate()
      } finally {
        this.#writing = false
      }
    })
  }

  /** Moves the log into the file and empties it, so that deleted values are gone from both. */
  truncateLog(): void {
    this.#guard(() => this.#connection.pragma('wal_checkpoint(TRUNCATE)'))
  }

  /** A number that changes with every commit, of this connection or of any other. */
  dataVersion(): number {
    return this.#guard(() => {
      const others = this.#connection.pragma('data_version', { simple: true })
      const own = this.#statement('SELECT total_changes()').pluck().get()
      return Number(others) + Number(own)
    })
  }

  /** Writes a consistent copy to the new file `path` (0600). */
  backup(path: string): void {
    // VACUUM INTO accepts an empty file, so the copy has its mode before it has content.
    if (!createPrivateFile(path, Buffer.alloc(0), this.#uniqueName())) {
      throw storeUnusable(`${path} exists.`, 'Name a new file for the backup.')
    }
    this.run('VACUUM INTO ?', path)
  }

  close(): void {
    this.#statements.clear()
    this.#connection.close()
  }

  #statement(sql: string): BetterSqlite3.Statement<SqlValue[]> {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#connection.prepare<SqlValue[]>(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #configure(maxPages: number | undefined): void {
    const mode = this.#connection.pragma('journal_mode = WAL', { simple: true })
    if (mode !== 'wal') {
      throw storeUnusable(
        `${this.file} lies on a file system that cannot share memory between processes.`,
        'Set MCPAUTH_HOME to a folder on a local disk.',
      )
    }
    for (const pragma of connectionPragmas) this.#connection.pragma(pragma)
    if (maxPages !== undefined) this.#connection.pragma(`max_page_count = ${Math.trunc(maxPages)}`)
  }

  #migrate(): void {
    refuseNewer(this.file, this.#version())
    if (this.#version() === latestVersion) return
    this.write(() => runMigrations(this.#connection, this.#version()))
  }

  #requireCurrent(): void {
    refuseNewer(this.file, this.#version())
    if (this.#version() === latestVersion) return
    throw storeUnusable(`${this.file} is of an older version.`, 'Run a command that writes.')
  }

  #version(): number {
    return Number(this.#connection.pragma('user_version', { simple: true }))
  }

  #uniqueName(): string {
    return this.#random(8).toString('hex')
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw explainSqliteError(error, this.file)
    }
  }
}

const connectionPragmas: readonly string[] = [
  'synchronous = FULL',
  'foreign_keys = ON',
  'trusted_schema = OFF',
  'secure_delete = ON',
  'cell_size_check = ON',
  'journal_size_limit = 4194304',
  'wal_autocheckpoint = 1000',
]

function connect(file: string, options: DatabaseOptions): BetterSqlite3.Database {
  const timeout = options.busyTimeoutMs ?? defaultBusyTimeoutMs
  const readonly = options.readOnly === true
  return new BetterSqlite3(file, { timeout, fileMustExist: true, readonly })
}

function runMigrations(connection: BetterSqlite3.Database, from: number): void {
  for (const migration of migrations) {
    if (migration.version <= from) continue
    connection.exec(migration.sql)
    connection.pragma(`user_version = ${migration.version}`)
  }
}

/** A new database as bytes, so that it can come into being under its name complete. */
function newDatabaseImage(): Buffer {
  const connection = new BetterSqlite3(':memory:')
  try {
    connection.pragma(`application_id = ${applicationId}`)
    runMigrations(connection, 0)
    const image = connection.serialize()
    // File format section 1.3: version 2 in both bytes is WAL. Several first processes need not race to switch it on.
    image[18] = 2
    image[19] = 2
    return image
  } finally {
    connection.close()
  }
}
