// Which files a path the user named stands for.
import { type Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'

import type { Diagnostic } from '../core/diagnostic.ts'
import { codeOf } from '../core/error-code.ts'
import { IgnoredPaths } from './ignored-paths.ts'

export interface FoundFile {
  /** As messages show it: below the name that the user gave. */
  readonly name: string
  /** Absolute, without symbolic links. */
  readonly real: string
}

export interface FindOptions {
  readonly maxFiles: number
  /** Leaves out what the .gitignore files of the folder, and of those around it, name. */
  readonly gitIgnore: boolean
}

export interface Found {
  readonly files: readonly FoundFile[]
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * The file itself, or the manifests of a folder. A path that the user names may be a symbolic link; links inside a
 * folder are followed only as far as the folder reaches.
 */
export async function findManifests(path: string, options: FindOptions): Promise<Found> {
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
  const walk = new Walk(real, options.maxFiles)
  const ignored = options.gitIgnore ? await IgnoredPaths.around(real) : undefined
  await walk.folder({ real, name: path.length > 1 ? path.replace(/[/\\]+$/, '') : path }, ignored)
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

  async folder({ real, name }: FoundFile, outer: IgnoredPaths | undefined): Promise<void> {
    // Links can make a folder contain itself.
    if (this.#visited.has(real)) return
    this.#visited.add(real)
    const ignored = await outer?.inside(real)
    for (const entry of await this.#entries({ real, name })) {
      if (this.#full) return
      const child = {
        real: join(real, entry.name),
        name: below(name, entry.name),
      }
      if (ignored?.has(child.real, entry.isDirectory()) === true) continue
      if (entry.isSymbolicLink()) await this.#link(child, ignored)
      else if (entry.isDirectory()) await this.folder(child, ignored)
      else this.#file(child, entry.isFile())
    }
  }

  /** What is neither hidden nor an editor's backup, in order. */
  async #entries({ real, name }: FoundFile): Promise<Dirent[]> {
    try {
      const entries = await readdir(real, { withFileTypes: true })
      return entries
        .filter(
          ({ name: own }) => own === daprFolder || !(own.startsWith('.') || own.endsWith('~')),
        )
        .toSorted(byName)
    } catch (error) {
      const message = `${name} cannot be read (${codeOf(error, 'unknown error')}).`
      this.diagnostics.push(unreadable(name, message, 'Check its permissions.'))
      return []
    }
  }

  async #link({ real, name }: FoundFile, ignored: IgnoredPaths | undefined): Promise<void> {
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
      if (status.isDirectory()) await this.folder({ real: target, name }, ignored)
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

/** Where `dapr run -f` looks for resources by default; other hidden folders belong to other tools. */
const daprFolder = '.dapr'

function below(folder: string, name: string): string {
  if (folder === '.') return name
  return folder === sep ? `/${name}` : `${folder}/${name}`
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
