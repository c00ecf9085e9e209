// A copy of a folder below examples/, as deep as the original, so that it finds the repository's packages.
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { temporaryFolder } from './temp-home.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The copy's folder; it is removed after the test. */
export function copyExample(name: string): string {
  const folder = temporaryFolder()
  const copy = join(folder, 'examples', name)
  mkdirSync(join(folder, 'examples'))
  cpSync(join(root, 'examples', name), copy, {
    recursive: true,
    filter: (path) => basename(path) !== '.venv',
  })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return copy
}
