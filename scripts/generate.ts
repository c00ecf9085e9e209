// Writes everything that is derived: from schemas/ validators, types, field tables, reference docs and the editor schema;
// from the commands and the error catalog their reference pages; from the lint rules and their cases one page each.
// `--check` writes nothing and exits with 1, naming the files that are stale.
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { bundle, readSchemas } from './generate/bundle.ts'
import { cliReferencePages } from './generate/cli-docs.ts'
import { editorSchema } from './generate/editor.ts'
import { errorPages } from './generate/error-docs.ts'
import {
  componentTypesModule,
  runFileModule,
  typesModule,
  validatorsModule,
} from './generate/modules.ts'
import { referencePages } from './generate/reference.ts'
import { ruleReferencePages } from './generate/rule-docs.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Folders in which every file is generated, so that a leftover is stale too. */
const generatedFolders = [
  'src/manifest/generated',
  'src/core/generated',
  'docs/reference/kinds',
  'docs/reference/middleware',
  'docs/reference/secretstores',
  'docs/rules',
]

const outputs = format(await generate())
const stale = [
  ...[...outputs].filter(([path, text]) => current(path) !== text).map(([path]) => path),
  ...generatedFolders.flatMap(filesIn).filter((path) => !outputs.has(path)),
]

if (process.argv.includes('--check')) {
  for (const path of stale) process.stderr.write(`${path} is stale\n`)
  if (stale.length > 0) process.stderr.write('Run: npm run generate\n')
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  for (const path of stale) {
    const text = outputs.get(path)
    if (text === undefined) rmSync(join(root, path))
    else write(root, path, text)
    process.stdout.write(`${path} ${text === undefined ? 'removed' : 'written'}\n`)
  }
}

async function generate(): Promise<Map<string, string>> {
  const schemas = readSchemas(join(root, 'schemas'))
  const all = bundle(schemas)
  return new Map([
    ['schemas/manifest.schema.json', `${JSON.stringify(editorSchema(schemas), null, 2)}\n`],
    ['src/manifest/generated/validators.ts', validatorsModule(all)],
    ['src/manifest/generated/component-types.ts', componentTypesModule(schemas)],
    ['src/manifest/generated/run-file-fields.ts', runFileModule(schemas)],
    ['src/core/generated/types.ts', await typesModule(all)],
    ...referencePages(schemas),
    ...(await cliReferencePages()),
    ...ruleReferencePages(join(root, 'fixtures/manifests/lint')),
    ...errorPages(),
  ])
}

/** The texts as oxfmt leaves them, so that generated files pass the format check as well. */
function format(texts: Map<string, string>): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'mcpauth-generate-'))
  try {
    for (const [path, text] of texts) write(folder, path, text)
    copyFileSync(join(root, '.oxfmtrc.json'), join(folder, '.oxfmtrc.json'))
    const oxfmt = join(root, 'node_modules/oxfmt/bin/oxfmt')
    execFileSync(process.execPath, [oxfmt, '-c', '.oxfmtrc.json', ...texts.keys()], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return new Map(
      [...texts.keys()].map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function write(base: string, path: string, text: string): void {
  mkdirSync(dirname(join(base, path)), { recursive: true })
  writeFileSync(join(base, path), text)
}

function current(path: string): string | undefined {
  const file = join(root, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function filesIn(folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/'))
}
