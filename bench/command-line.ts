// Runs the built command line in a home of its own and times whole processes.
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { makeScratchFolder, removeScratchFolder } from './scratch.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const binary = join(root, 'bin', 'mcpauth.js')

/** Throws when the project is not built: what users start is the built command. */
export function requireBuild(): void {
  if (existsSync(join(root, 'dist', 'cli', 'main.cjs'))) return
  throw new Error('mcpauth is not built yet. Run: npm run build')
}

export class Workspace {
  readonly folder = makeScratchFolder()
  readonly #empty = join(this.folder, 'empty.cjs')

  constructor() {
    writeFileSync(this.#empty, '')
  }

  /** Wall time in ms of a Node process that does nothing. */
  emptyProcess(): number {
    return this.#time([this.#empty], 'none')
  }

  /** Wall time in ms of `mcpauth …args` on the control plane in `home`, relative to the folder. */
  mcpauth(args: readonly string[], home: string, input?: string): number {
    return this.#time([binary, ...args], home, input)
  }

  remove(): void {
    removeScratchFolder(this.folder)
  }

  #time(args: readonly string[], home: string, input?: string): number {
    const started = performance.now()
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: this.folder,
      env: { PATH: process.env['PATH'], HOME: this.folder, MCPAUTH_HOME: join(this.folder, home) },
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      ...(input === undefined ? {} : { input }),
    })
    const spent = performance.now() - started
    if (status !== 0) throw new Error(`mcpauth ${args.slice(1).join(' ')} failed: ${stderr.trim()}`)
    return spent
  }
}
