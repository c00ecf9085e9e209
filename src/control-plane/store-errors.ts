// What went wrong with the store, in words a user can act on: SQLite and file system codes become McpAuthErrors.
import { codeOf } from '../core/error-code.ts'
import { McpAuthError } from '../core/errors.ts'

export function storeUnusable(message: string, hint: string, cause?: unknown): McpAuthError {
  return new McpAuthError('STORE_UNUSABLE', message, {
    hint,
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Translates what SQLite throws while it works on `file`; anything else is returned as it came. */
export function explainSqliteError(error: unknown, file: string): unknown {
  const code = codeOf(error)
  if (error instanceof McpAuthError || !code.startsWith('SQLITE_')) return error
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new McpAuthError(
      'STORE_BUSY',
      `The control plane ${file} stayed locked by another process.`,
      {
        hint: 'Wait for the other mcpauth command to finish, then try again.',
        cause: error,
      },
    )
  }
  const known = sqliteFailures.find(([prefix]) => code.startsWith(prefix))
  if (known === undefined) return error
  return storeUnusable(`The control plane ${file} ${known[1]}.`, known[2], error)
}

const restoreHint =
  'Restore it from a backup, or move it away together with its -wal and -shm files to start afresh.'

const sqliteFailures: readonly (readonly [string, string, string])[] = [
  ['SQLITE_FULL', 'cannot grow: the disk or its quota is full', 'Free some space and try again.'],
  ['SQLITE_READONLY', 'cannot be written', 'Make the file and its folder writable for yourself.'],
  ['SQLITE_IOERR', 'could not be read or written by the disk', 'Check the disk, then try again.'],
  ['SQLITE_CORRUPT', 'is damaged', restoreHint],
  ['SQLITE_NOTADB', 'is not a database', restoreHint],
  ['SQLITE_CANTOPEN', 'cannot be opened', 'Check the permissions of the file and its folder.'],
]

/** Translates a failed file operation on `path`. */
export function explainFileError(error: unknown, path: string): McpAuthError {
  if (error instanceof McpAuthError) return error
  const code = codeOf(error)
  const known = fileFailures[code]
  if (known !== undefined) return storeUnusable(`${path} ${known[0]}.`, known[1], error)
  return storeUnusable(
    `${path} cannot be used${code === '' ? '' : ` (${code})`}.`,
    'Check the folder, or set MCPAUTH_HOME to another one.',
    error,
  )
}

const elsewhere = 'Set MCPAUTH_HOME to a folder of your own.'

const fileFailures: Readonly<Record<string, readonly [string, string]>> = {
  ELOOP: [
    'is a symbolic link',
    'Put the real file there; mcpauth does not follow links to its store.',
  ],
  ENOENT: ['cannot be created there', elsewhere],
  EISDIR: ['is a directory', 'Move it away, or set MCPAUTH_HOME to another folder.'],
  EEXIST: ['is in the way: a folder is needed there', elsewhere],
  ENOTDIR: ['lies below something that is not a folder', elsewhere],
  EACCES: ['is not accessible', `Change its permissions. ${elsewhere}`],
  EPERM: ['is not accessible', `Change its permissions. ${elsewhere}`],
  EROFS: ['lies on a read-only file system', elsewhere],
  ENOSPC: ['cannot be written: the disk is full', 'Free some space and try again.'],
  EDQUOT: ['cannot be written: the disk quota is used up', 'Free some space and try again.'],
}
