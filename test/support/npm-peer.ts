// Programs from npm that mcpauth is held against: installed when they are asked for, each at one exact version.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cache = fileURLToPath(new URL('../../.peers/', import.meta.url))

export interface Peer {
  /** Such as `mcp-remote@0.15.1`. */
  readonly spec: string
  /** Which of its commands. */
  readonly command: string
}

/** The file that Node runs for `command`. Throws when npm cannot install the package. */
export function installPeer({ spec, command }: Peer): string {
  const name = spec.slice(0, spec.lastIndexOf('@'))
  const folder = join(cache, spec.replaceAll('/', '+'))
  const home = join(folder, 'node_modules', name)
  if (!existsSync(join(home, 'package.json'))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--save-exact', spec]
    execFileSync('npm', args, { cwd: folder, stdio: 'pipe', timeout: 300_000 })
  }
  const { bin } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
  }
  const script = typeof bin === 'string' ? bin : bin[command]
  if (script === undefined) throw new Error(`${spec} has no command ${command}`)
  return join(home, script)
}
