// One executable with Node and everything else in it: binary/mcpauth, for machines like this one.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { inject } from 'postject'

import { archiveOf } from './binary/archive.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const isWindows = process.platform === 'win32'
const isMac = process.platform === 'darwin'
const folder = join(root, 'binary')
const output = join(folder, isWindows ? 'mcpauth.exe' : 'mcpauth')

if (!existsSync(join(root, 'dist/cli/main.cjs'))) throw new Error('Run npm run build first.')
const work = mkdtempSync(join(tmpdir(), 'mcpauth-binary-'))
try {
  const archive = archiveOf(root, `${process.platform}${isMusl() ? 'musl' : ''}-${process.arch}`)
  const start = join(root, 'scripts/binary/start.js')
  const digest = createHash('sha256')
    .update(archive)
    .update(readFileSync(start))
    .digest('hex')
    .slice(0, 16)
  writeFileSync(join(work, 'runtime'), archive)
  writeFileSync(join(work, 'digest'), digest)
  const blob = join(work, 'blob')
  const configuration = {
    main: start,
    output: blob,
    disableExperimentalSEAWarning: true,
    assets: { runtime: join(work, 'runtime'), digest: join(work, 'digest') },
  }
  writeFileSync(join(work, 'sea.json'), JSON.stringify(configuration))
  execFileSync(process.execPath, ['--experimental-sea-config', join(work, 'sea.json')], {
    stdio: 'ignore',
  })

  mkdirSync(folder, { recursive: true })
  copyFileSync(process.execPath, output)
  chmodSync(output, 0o755)
  if (isMac) execFileSync('codesign', ['--remove-signature', output])
  await inject(output, 'NODE_SEA_BLOB', readFileSync(blob), {
    sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
    ...(isMac ? { machoSegmentName: 'NODE_SEA' } : {}),
  })
  if (isMac) execFileSync('codesign', ['--sign', '-', output])
  const mebibytes = Math.round(statSync(output).size / 1024 / 1024)
  process.stdout.write(`${output} (${mebibytes} MiB, with Node ${process.versions.node})\n`)
} finally {
  rmSync(work, { recursive: true, force: true })
}

function isMusl(): boolean {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as Node documents it
  const { header } = process.report.getReport() as {
    readonly header: { readonly glibcVersionRuntime?: string }
  }
  return process.platform === 'linux' && header.glibcVersionRuntime === undefined
}
