// The database file before SQLite touches it: made atomically when missing, refused untouched when it is not ours.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { McpAuthError } from '../core/errors.ts'
import { latestVersion } from './migrations/index.ts'
import { createPrivateFile, preparePrivateFolder, readPrivateFile } from './private-file.ts'
import { storeUnusable } from './store-errors.ts'

/** "MCPA", in the `application_id` of every database of ours. */
export const applicationId = 0x4d435041

const magic = 'SQLite format 3\0'
const headerSize = 100

export function databaseFile(home: string): string {
  return join(home, 'control-plane.db')
}

/**
 * Returns the path of the database in `home`, after making sure that it is ours to open. `image` gives the bytes of
 * a new database; `unique` is a text no other process uses.
 */
export function prepareDatabaseFile(home: string, image: () => Buffer, unique: string): string {
  preparePrivateFolder(home)
  const file = databaseFile(home)
  let head = readPrivateFile(file, headerSize)
  if (head === undefined) {
    refuseOrphanedLog(file)
    createPrivateFile(file, image(), unique)
    head = readPrivateFile(file, headerSize)
  }
  if (head === undefined) {
    throw storeUnusable(`${file} vanished while it was opened.`, 'Try again.')
  }
  checkHeader(file, head.bytes, head.size)
  return file
}

/** Throws STORE_NEWER when `version`, the schema version of `file`, is from the future. */
export function refuseNewer(file: string, version: number): void {
  if (version <= latestVersion) return
  throw new McpAuthError(
    'STORE_NEWER',
    `${file} has schema version ${version}; this mcpauth knows versions up to ${latestVersion}.`,
    { hint: 'Upgrade mcpauth, or set MCPAUTH_HOME to another folder.' },
  )
}

/** Offsets: SQLite file format, section 1.3. */
function checkHeader(file: string, bytes: Buffer, size: number): void {
  const moveAway = 'Move it away, or set MCPAUTH_HOME to another folder.'
  if (size === 0) throw storeUnusable(`${file} is empty; it was a database once.`, restore)
  if (bytes.length < headerSize || bytes.toString('latin1', 0, magic.length) !== magic) {
    throw storeUnusable(`${file} is not a database.`, moveAway)
  }
  if (bytes.readUInt32BE(68) !== applicationId) {
    throw storeUnusable(`${file} is a database of another program.`, moveAway)
  }
  refuseNewer(file, bytes.readUInt32BE(60))
  const pageSize = bytes.readUInt16BE(16) === 1 ? 65_536 : bytes.readUInt16BE(16)
  // With a log beside it the file may be short: SQLite finishes the checkpoint. Header, log and size are looked at in
  // this order because another process may finish it meanwhile.
  if (!hasContent(`${file}-wal`) && sizeOf(file) < pageSize * bytes.readUInt32BE(28)) {
    throw storeUnusable(`${file} is damaged: its end is missing.`, restore)
  }
}

const restore = 'Restore it from a backup, or move it away to start afresh.'

/** SQLite would replay a log that lost its database into the new one. */
function refuseOrphanedLog(file: string): void {
  // A log that another process has just made came after its database.
  if (!hasContent(`${file}-wal`) || sizeOf(file) > 0) return
  throw storeUnusable(
    `${file} is missing, but its log ${file}-wal is there.`,
    'Put the database back, or move the log away to start afresh.',
  )
}

function hasContent(path: string): boolean {
  return sizeOf(path) > 0
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
