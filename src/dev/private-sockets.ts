// Where the sidecars of one user find each other: sockets in a folder that nobody else can enter.
import { createHash, randomBytes } from 'node:crypto'
import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

import { makePrivateFolder } from '../control-plane/private-folder.ts'
import { explainFileError } from '../control-plane/store-errors.ts'
import { McpAuthError } from '../core/errors.ts'

/** Room that `sun_path` leaves on every Unix, with the name of the socket. */
const maxPath = 100
/** A younger socket may belong to a sidecar that is just starting, in ms. */
const settled = 10_000

/**
 * A fresh socket path below `home`, or below the temporary folder when `home` is too long for a socket address; a named pipe
 * on Windows. Throws STORE_UNUSABLE when the folder is not this user's alone.
 */
export function newSocketPath(home: string): string {
  const name = `${randomBytes(8).toString('hex')}.sock`
  if (process.platform === 'win32') return `\\\\.\\pipe\\mcpauth-${name}`
  return join(socketFolder(home), name)
}

/** Removes the sockets that killed sidecars left behind: those that nobody answers at. Returns how many. */
export async function sweepSockets(home: string, now: number): Promise<number> {
  if (process.platform === 'win32') return 0
  const folder = socketFolder(home)
  const paths = readdirSync(folder)
    .filter((name) => name.endsWith('.sock'))
    .map((name) => join(folder, name))
  const removed = await Promise.all(
    paths.map(async (path) => {
      if (!isSettled(path, now) || !(await isDead(path))) return false
      rmSync(path, { force: true })
      return true
    }),
  )
  return removed.filter(Boolean).length
}

function isSettled(path: string, now: number): boolean {
  const status = lstatSync(path, { throwIfNoEntry: false })
  return status !== undefined && now - status.mtimeMs > settled
}

function isDead(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}

function socketFolder(home: string): string {
  const near = join(home, 'run')
  const folder = near.length + 24 <= maxPath ? near : farFolder(home)
  try {
    makePrivateFolder(folder)
  } catch (error) {
    throw explainFileError(error, folder)
  }
  const status = lstatSync(folder)
  if (!status.isDirectory() || status.uid !== userInfo().uid || (status.mode & 0o077) !== 0) {
    throw new McpAuthError('STORE_UNUSABLE', `The folder ${folder} is open to other users.`, {
      hint: `Remove it, or make it yours alone: chmod 700 ${folder}`,
    })
  }
  return folder
}

/** One for each home, so that they do not see each other's sockets. */
function farFolder(home: string): string {
  const digest = createHash('sha256').update(home).digest('hex').slice(0, 12)
  return join(tmpdir(), `mcpauth-${userInfo().uid}-${digest}`)
}
