// Which files a path the user named stands for.
import { type Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'

import type { Diagnostic } from '../core/diagnostic.ts'
import { codeOf } from '../core/error-code.ts'

export interface FoundFile {
  /** As messages show it: below the name that the user gave. */
  readonly name: string
  /** Absolute, without symbolic links. */
  readonly real: string
}

export interface Found {
  readonly files: readonly FoundFile[]
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * The file itself, or the manifests of a folder. A path that the user names may be a symbolic link; links inside a
 * folder are followed only as far as the folder reaches.
 */
export async function findManifests(path: string, maxFiles: number): Promise<Found> {
  let real: string
  try {
    real = await realpath(resolve(path))
    const status = await stat(real)
    if (status.isFile()) return { files: [{ name: path, real }], diagnostics: [] }
    if (!status.isDirectory()) {
      return failed(path, `${path} is not a regular file or a folder.`, 'Name a file or a folder.')
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return failed(path, `${path} does not exist.`, 'Check the path.')
    }
    return failed(
      path,
      `${path} cannot be read (${codeOf(error, 'unknown error')}).`,
      'Check its permissions.',
    )
  }
  const walk = new Walk(real, maxFiles)
  await walk.folder(real, path.length > 1 ? path.replace(/[/\\]+$/, '') : path)
  if (walk.files.length === 0 && walk.diagnostics.length === 0) {
    return failed(
      path,
      `${path} contains no manifests.`,
      'Name a folder with .yaml, .yml or .json files.',
    )
  }
  return walk
}

/** The diagnostic of a file that cannot be used at all. */
export function unreadable(file: string, message: string, hint: string): Diagnostic {
  const start = { line: 1, column: 1 }
  return { severity: 'error', rule: 'unreadable', file, start, message, hint }
}

class Walk {
  readonly files: FoundFile[] = []
  readonly diagnostics: Diagnostic[] = []
  readonly #root: string
  readonly #maxFiles: number
  readonly #visited = new Set<string>()
  #full = false

  constructor(root: string, maxFiles: number) {
    this.#root = root
    this.#maxFiles = maxFiles
  }

  async folder(real: string, name: string): Promise<void> {
    // Links can make a folder contain itself.
    if (this.#visited.has(real)) return
    this.#visited.add(real)
    let entries: Dirent[]
    try {
      entries = await readdir(real, { withFileTypes: true })
    } catch (error) {
      const message = `${name} cannot be read (${codeOf(error, 'unknown error')}).`
      this.diagnostics.push(unreadable(name, message, 'Check its permissions.'))
      return
    }
    for (const entry of entries.toSorted(byName)) {
      if (this.#full) return
      if (entry.name.startsWith('.') || entry.name.endsWith('~')) continue
      const child = {
        real: join(real, entry.name),
        name: name === sep ? `/${entry.name}` : `${name}/${entry.name}`,
      }
      if (entry.isSymbolicLink()) await this.#link(child)
      else if (entry.isDirectory()) await this.folder(child.real, child.name)
      else this.#file(child, entry.isFile())
    }
  }

  async #link({ real, name }: FoundFile): Promise<void> {
    try {
      const target = await realpath(real)
      if (
        !`${target}${sep}`.startsWith(this.#root.endsWith(sep) ? this.#root : `${this.#root}${sep}`)
      ) {
        if (!isManifestName(name) && !(await stat(target)).isDirectory()) return
        const message = `${name} is a link that leads out of the folder.`
        this.diagnostics.push(unreadable(name, message, 'Name its target instead, or remove it.'))
        return
      }
      const status = await stat(target)
      if (status.isDirectory()) await this.folder(target, name)
      else this.#file({ real: target, name }, status.isFile())
    } catch (error) {
      if (!isManifestName(name)) return
      const message = `${name} is a link that leads nowhere (${codeOf(error, 'unknown error')}).`
      this.diagnostics.push(unreadable(name, message, 'Remove it.'))
    }
  }

  #file(file: FoundFile, isRegular: boolean): void {
    if (!isManifestName(file.name)) return
    if (!isRegular) {
      const message = `${file.name} is not a regular file.`
      this.diagnostics.push(unreadable(file.name, message, 'Remove it.'))
      return
    }
    if (this.files.length < this.#maxFiles) {
      this.files.push(file)
      return
    }
    this.#full = true
    const message = `The folder has more than ${this.#maxFiles} manifests.`
    this.diagnostics.push(unreadable(file.name, message, 'Apply it in parts.'))
  }
}

/** By code units, so that the order does not depend on the locale. */
function byName(a: Dirent, b: Dirent): number {
  if (a.name === b.name) return 0
  return a.name < b.name ? -1 : 1
}

function isManifestName(name: string): boolean {
  return /\.(?:yaml|yml|json)$/i.test(name)
}

function failed(path: string, message: string, hint: string): Found {
  return { files: [], diagnostics: [unreadable(path, message, hint)] }
}
