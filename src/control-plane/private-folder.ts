// Folders that only their owner may enter.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

import { codeOf } from '../core/error-code.ts'

/**
 * Makes `folder` (0700), and what is missing above it, one by one: mkdir with `recursive` tries for ever where a file
 * system takes no folders, such as /proc. Throws what mkdir throws.
 */
export function makePrivateFolder(folder: string): void {
  const parent = dirname(folder)
  if (parent !== folder && !existsSync(parent)) makePrivateFolder(parent)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // There already, or since a moment ago by another process.
    if (codeOf(error) !== 'EEXIST' || !isFolder(folder)) throw error
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
