// What the binary runs: unpacks the files it carries into a folder of this user, once, and starts mcpauth there.
'use strict'
const { randomBytes } = require('node:crypto')
const fs = require('node:fs')
const { createRequire, enableCompileCache } = require('node:module')
const os = require('node:os')
const path = require('node:path')
const { getAsset, getRawAsset } = require('node:sea')

class Refusal extends Error {}

try {
  const folder = runtimeFolder()
  enableCompileCache(path.join(path.dirname(folder), 'compile-cache'))
  const main = path.join(folder, 'dist', 'cli', 'main.cjs')
  createRequire(main)(main)
} catch (error) {
  if (error.syscall === undefined && !(error instanceof Refusal)) throw error
  process.stderr.write(`mcpauth cannot unpack itself: ${error.message}\n`)
  process.stderr.write('hint: Set XDG_CACHE_HOME to a folder that only you can write to.\n')
  process.exitCode = 1
}

/** The folder is named after its content, and appears complete or not at all. */
function runtimeFolder() {
  const name = `runtime-${getAsset('digest', 'utf8')}`
  const parent = cacheFolder()
  requirePrivate(parent)
  const folder = path.join(parent, name)
  if (fs.existsSync(folder)) return folder
  const unfinished = `${folder}.${randomBytes(6).toString('hex')}`
  unpack(unfinished)
  try {
    fs.renameSync(unfinished, folder)
  } catch (error) {
    fs.rmSync(unfinished, { recursive: true, force: true })
    // Another process was first.
    if (!fs.existsSync(folder)) throw error
  }
  return folder
}

function cacheFolder() {
  const { XDG_CACHE_HOME = '', LOCALAPPDATA = '' } = process.env
  if (process.platform === 'win32' && LOCALAPPDATA !== '')
    return path.join(LOCALAPPDATA, 'mcpauth', 'cache')
  if (process.platform === 'darwin') return path.join(os.homedir(), 'Library', 'Caches', 'mcpauth')
  return path.join(
    path.isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : path.join(os.homedir(), '.cache'),
    'mcpauth',
  )
}

/** Program files may lie only where nobody else can put some. */
function requirePrivate(folder) {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (process.platform === 'win32') return
  const { uid, mode } = fs.lstatSync(folder)
  if (uid !== process.getuid() || (mode & 0o022) !== 0) {
    throw new Refusal(`other users can write to ${folder}.`)
  }
}

function unpack(folder) {
  const bytes = require('node:zlib').zstdDecompressSync(Buffer.from(getRawAsset('runtime')))
  const headLength = bytes.readUInt32LE(0)
  let offset = 4 + headLength
  for (const [file, length] of JSON.parse(bytes.toString('utf8', 4, offset))) {
    const target = path.join(folder, file)
    fs.mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 })
    fs.writeFileSync(target, bytes.subarray(offset, offset + length), { mode: 0o600, flag: 'wx' })
    offset += length
  }
}
