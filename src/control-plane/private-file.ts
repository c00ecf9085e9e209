// Files that only their owner may touch: checked before use, and created complete or not at all.
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  statSync,
  readSync,
  rmSync,
  writeSync,
  type Stats,
} from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from '../core/error-code.ts'
import { makePrivateFolder } from './private-folder.ts'
import { explainFileError, storeUnusable } from './store-errors.ts'

/** Makes `home` (0700) when missing; throws STORE_UNUSABLE when others could change what is in it. */
export function preparePrivateFolder(home: string): void {
  try {
    makePrivateFolder(home)
    const stats = statSync(home)
    refuseForeign(home, stats)
    if (hasModes() && (stats.mode & 0o022) !== 0) {
      throw storeUnusable(
        `The folder ${home} can be changed by other users.`,
        `Run: chmod go-w '${home}'`,
      )
    }
  } catch (error) {
    throw explainFileError(error, home)
  }
}

export interface FileHead {
  /** The first bytes of the file, at most as many as were asked for. */
  readonly bytes: Buffer
  /** Size of the whole file in bytes. */
  readonly size: number
}

/**
 * Reads the first `length` bytes of a private file without following a link or changing anything.
 * Undefined when there is no such file; throws STORE_UNUSABLE when it is not a regular file that only its owner can use.
 */
export function readPrivateFile(path: string, length: number): FileHead | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw explainFileError(error, path)
  }
  try {
    const stats = fstatSync(descriptor)
    refuseUnfit(path, stats)
    const buffer = Buffer.alloc(Math.min(length, stats.size))
    const read = readSync(descriptor, buffer, 0, buffer.length, 0)
    return { bytes: buffer.subarray(0, read), size: stats.size }
  } catch (error) {
    throw explainFileError(error, path)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Creates `path` (0600) with exactly `bytes`, on disk before it gets its name. Returns false when a file of that name
 * is there already: of several processes one wins, and nobody ever sees a half-written file.
 */
export function createPrivateFile(path: string, bytes: Buffer, unique: string): boolean {
  const draft = `${path}.${unique}.tmp`
  try {
    writeDraft(draft, bytes)
    linkSync(draft, path)
    syncFolder(dirname(path))
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw explainFileError(error, path)
  } finally {
    rmSync(draft, { force: true })
  }
}

function writeDraft(draft: string, bytes: Buffer): void {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW
  const descriptor = openSync(draft, flags, 0o600)
  try {
    let written = 0
    while (written < bytes.length) written += writeSync(descriptor, bytes, written)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** A new name survives a power cut only once its folder is on disk; Windows cannot sync folders and need not. */
function syncFolder(folder: string): void {
  if (!hasModes()) return
  const descriptor = openSync(folder, constants.O_RDONLY)
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function refuseUnfit(path: string, stats: Stats): void {
  if (stats.isDirectory()) {
    throw storeUnusable(`${path} is a directory.`, 'Move it away, or set MCPAUTH_HOME elsewhere.')
  }
  if (!stats.isFile()) {
    throw storeUnusable(`${path} is not a regular file.`, 'Move it away and try again.')
  }
  refuseForeign(path, stats)
  if (!hasModes()) return
  if ((stats.mode & 0o077) !== 0) {
    throw storeUnusable(`${path} is open to other users.`, `Run: chmod 600 '${path}'`)
  }
  if ((stats.mode & 0o600) !== 0o600) {
    throw storeUnusable(`${path} is read-only.`, `Run: chmod 600 '${path}'`)
  }
}

function refuseForeign(path: string, stats: Stats): void {
  const user = process.getuid?.()
  if (user !== undefined && stats.uid !== user) {
    throw storeUnusable(
      `${path} belongs to another user.`,
      'Run mcpauth as its owner, or set MCPAUTH_HOME to a folder of your own.',
    )
  }
}

function hasModes(): boolean {
  return process.getuid !== undefined
}
