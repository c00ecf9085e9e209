// The files that mcpauth needs to run, as one compressed asset: a JSON index of their paths, modes and sizes, then their bytes.
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync, constants } from 'node:zlib'

/** What the package itself ships, without the maps of its sources. */
const ownFiles = [
  'package.json',
  'dist/cli/**/*',
  'schemas/**/*',
  'docs/errors.md',
  'docs/rules/**/*',
]
/** What packages hold for other readers: sources, types, documentation, builds for other machines. */
const unused =
  /\.(?:map|md|markdown|[cm]?ts|c|cc|cpp|h|gyp|gypi|tsbuildinfo)$|\/(?:deps|src\/.*\.cpp)\//
const addon = /^node_modules\/better-sqlite3\/prebuilds\/(.+)\.node$/

/** Throws when something of it is missing, so that no binary lacks a part. `target` is such as linux-x64. */
export function archiveOf(root: string, target: string): Buffer {
  const paths = [
    ...ownFiles
      .flatMap((pattern) => filesOf(root, pattern))
      .filter((path) => !path.endsWith('.map')),
    ...runtimePackages(root).flatMap((folder) => packageFiles(root, folder, target)),
  ]
  if (!paths.some((path) => addon.test(path)))
    throw new Error(`better-sqlite3 has no build for ${target}.`)
  const contents = paths.map((path) => readFileSync(join(root, path)))
  const index = paths.map((path, place) => [path, contents[place]?.length ?? 0])
  const head = Buffer.from(JSON.stringify(index))
  const size = Buffer.alloc(4)
  size.writeUInt32LE(head.length)
  const level = { params: { [constants.ZSTD_c_compressionLevel]: 19 } }
  return zstdCompressSync(Buffer.concat([size, head, ...contents]), level)
}

/** Folders of the packages that are no development dependencies, as the lock file has them. */
function runtimePackages(root: string): string[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- npm writes it
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>
  }
  return Object.entries(lock.packages)
    .filter(([folder, { dev }]) => folder !== '' && dev !== true)
    .map(([folder]) => folder)
}

function packageFiles(root: string, folder: string, target: string): string[] {
  const found = filesOf(root, `${folder}/**/*`).filter((path) => {
    const inside = path.slice(folder.length + 1)
    // Packages inside are in the list themselves.
    if (inside.startsWith('node_modules/')) return false
    const build = addon.exec(path)
    if (build !== null) return build[1] === target
    return /^license/i.test(inside) || !unused.test(path)
  })
  if (!found.includes(`${folder}/package.json`))
    throw new Error(`${folder} is not installed. Run: npm ci`)
  return found
}

function filesOf(root: string, pattern: string): string[] {
  return globSync(pattern, { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => statSync(join(root, path)).isFile())
    .toSorted()
}
