// Files that only their owner may read: opened without following links, replaced whole or not at all.
import { constants } from 'node:fs'
import { chmod, link, open, readFile, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { makePrivateFolder } from '../../control-plane/private-folder.ts'
import { explainFileError } from '../../control-plane/store-errors.ts'
import { McpAuthError } from '../../core/errors.ts'

const maximumBytes = 1024 * 1024
const lockAttempts = 250
const lockPauseMs = 20

/** The folder of the development authorization server inside `home`. */
export function idpFolder(home: string): string {
  return path.join(home, 'dev-idp')
}

/**
 * The text of a private file, or undefined when there is none.
 * Throws DEV_IDP_FILE_INVALID when it is a link, no regular file, too large, or open to other users.
 */
export async function readPrivateFile(file: string): Promise<string | undefined> {
  let handle: FileHandle
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw invalidFile(file, 'it cannot be opened as a regular file', error)
  }
  try {
    const status = await handle.stat()
    if (!status.isFile()) throw invalidFile(file, 'it is not a regular file')
    if (status.size > maximumBytes) throw invalidFile(file, 'it is too large')
    // Windows has no mode bits; its user profile folder is private already.
    if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
      throw new McpAuthError('DEV_IDP_FILE_INVALID', `${file} can be read by other users.`, {
        hint: `Run: chmod 600 '${file}', and rotate what it holds.`,
      })
    }
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

/** Replaces `file` as a whole, mode 0600, in a folder of mode 0700. Readers see the old text or the new one. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  await preparePrivateFolder(path.dirname(file))
  const draft = `${file}.${process.pid}.${crypto.randomUUID()}`
  try {
    await writeNewFile(draft, text)
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Changes with every replacement of `file`; undefined when it does not exist. */
export async function fileVersion(file: string): Promise<string | undefined> {
  try {
    const status = await stat(file, { bigint: true })
    return `${status.dev}:${status.ino}:${status.size}:${status.mtimeNs}`
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Runs `change` while no other process changes the files of the folder of `home`. */
export async function withFolderLock<T>(
  home: string,
  change: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const folder = idpFolder(home)
  await preparePrivateFolder(folder)
  const lock = path.join(folder, 'lock')
  await acquireLock(lock, signal)
  try {
    return await change()
  } finally {
    await rm(lock, { force: true })
  }
}

export function invalidFile(file: string, why: string, cause?: unknown): McpAuthError {
  return new McpAuthError('DEV_IDP_FILE_INVALID', `${file} cannot be used: ${why}.`, {
    hint: 'Restore the file, or move it away to start afresh.',
    ...(cause === undefined ? {} : { cause }),
  })
}

async function acquireLock(lock: string, signal?: AbortSignal): Promise<void> {
  for (let attempt = 0; attempt < lockAttempts; attempt += 1) {
    if (await tryLock(lock)) return
    await removeDeadLock(lock)
    await delay(lockPauseMs, undefined, signal === undefined ? {} : { signal })
  }
  throw new McpAuthError('DEV_IDP_FILE_INVALID', `${lock} is held by another process.`, {
    hint: 'Wait for the other mcpauth dev idp command to end, then try again.',
  })
}

/** A hard link makes the lock appear with its content, so that no reader meets an empty one. */
async function tryLock(lock: string): Promise<boolean> {
  const draft = `${lock}.${process.pid}.${crypto.randomUUID()}`
  await writeNewFile(draft, String(process.pid))
  try {
    await link(draft, lock)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function removeDeadLock(lock: string): Promise<void> {
  const owner = Number(await readFile(lock, 'utf8').catch(() => String(process.pid)))
  if (!isAlive(owner)) await rm(lock, { force: true })
}

function isAlive(processId: number): boolean {
  if (!Number.isSafeInteger(processId) || processId <= 0) return false
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}

async function preparePrivateFolder(folder: string): Promise<void> {
  try {
    makePrivateFolder(folder)
  } catch (error) {
    throw explainFileError(error, folder)
  }
  await chmod(folder, 0o700)
}

async function writeNewFile(file: string, text: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const handle = await open(file, flags, 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
