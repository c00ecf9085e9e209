// Which files of a folder its .gitignore files leave out.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'

import ignore, { type Ignore } from 'ignore'

/** The rules that hold in one folder: those of its own .gitignore, and of the folders around it. */
export class IgnoredPaths {
  readonly #folder: string
  readonly #rules: Ignore | undefined
  readonly #outer: IgnoredPaths | undefined

  private constructor(folder: string, rules: Ignore | undefined, outer: IgnoredPaths | undefined) {
    this.#folder = folder
    this.#rules = rules
    this.#outer = outer
  }

  /** The rules of the folders above `folder`, as far as its git repository reaches; `folder` is absolute. */
  static async around(folder: string): Promise<IgnoredPaths> {
    const above: string[] = []
    for (let at = folder; !existsSync(join(at, '.git')); at = dirname(at)) {
      // Without a repository only what lies below counts.
      if (dirname(at) === at) return new IgnoredPaths(folder, undefined, undefined)
      above.unshift(dirname(at))
    }
    let rules = new IgnoredPaths(folder, undefined, undefined)
    for (const path of above) rules = await rules.inside(path)
    // A folder that is named itself is wanted, whatever is said of it around.
    return rules.has(folder, true) ? new IgnoredPaths(folder, undefined, undefined) : rules
  }

  /** With the rules of one folder more. */
  async inside(folder: string): Promise<IgnoredPaths> {
    const text = await readFile(join(folder, '.gitignore'), 'utf8').catch(() => undefined)
    return text === undefined ? this : new IgnoredPaths(folder, ignore().add(text), this)
  }

  /** Whether an absolute path is left out; the innermost rule that says anything decides. */
  has(path: string, isFolder: boolean): boolean {
    const within = relative(this.#folder, path).split(sep).join('/')
    const verdict = this.#rules?.test(isFolder ? `${within}/` : within)
    if (verdict?.ignored === true) return true
    if (verdict?.unignored === true) return false
    return this.#outer?.has(path, isFolder) ?? false
  }
}
