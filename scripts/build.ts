// src/ → dist/cli/: CommonJS files of what is loaded together, because a command line starts faster with few of them.
import { copyFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}dist`

/** On the way of every command, and quicker to load as a part of it. All others stay packages of their own. */
const included = 'commander'

rmSync(folder, { recursive: true, force: true })
const build = await rolldown({
  cwd: root,
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  external: (id) => /^[^./]/.test(id) && id !== included,
  onLog(level, log) {
    if (level === 'warn') throw new Error(log.message)
  },
})
await build.write({
  dir: `${folder}/cli`,
  format: 'cjs',
  entryFileNames: '[name].cjs',
  // One folder: files find schemas/ and package.json from where they are.
  chunkFileNames: '[name].cjs',
  sourcemap: true,
})
copyFileSync(`${root}node_modules/${included}/LICENSE`, `${folder}/cli/${included}.LICENSE`)
