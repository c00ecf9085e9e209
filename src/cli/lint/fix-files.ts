// `lint --fix`: corrects files in place, and moves secrets out of them into a project's store.
import { lstat, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { randomUUID } from 'node:crypto'

import type { ControlPlane } from '../../control-plane/control-plane.ts'
import type { Fix } from '../../core/diagnostic.ts'
import { codeOf } from '../../core/error-code.ts'
import { McpAuthError } from '../../core/errors.ts'
import { fixText } from '../../manifest/lint/fix.ts'
import type { LintResult } from '../../manifest/lint/lint.ts'
import { secretMoves, type SecretMove } from '../../manifest/lint/secret-moves.ts'

/** The built-in store that literal secrets are moved to. */
export interface SecretTarget {
  readonly plane: ControlPlane
  readonly project: string
}

/**
 * Writes every file that has a fix, each as a whole and only if it is still what was read. A secret is stored before the
 * manifest refers to it. Returns how many fixes were made. Throws FILE_NOT_WRITTEN when a file cannot be written.
 */
export async function fixFiles(
  result: LintResult,
  target: SecretTarget | undefined,
): Promise<number> {
  const moves = target === undefined ? noMoves : movesByFile(result, target)
  let count = 0
  for (const [file, text] of result.sources) {
    const secrets = moves.get(file) ?? []
    const fixes = [
      ...secrets.map(({ fix }) => fix),
      ...result.findings.flatMap(({ file: where, fix }) =>
        where === file && fix !== undefined ? [fix] : [],
      ),
    ]
    if (fixes.length === 0) continue
    const fixed = fixText(text, fixes)
    if (fixed.fixes.length === 0) continue
    if (target !== undefined) store(secrets, fixed.fixes, target)
    await replaceFile(file, { before: text, after: fixed.text })
    count += fixed.fixes.length
  }
  return count
}

const noMoves: ReadonlyMap<string, readonly SecretMove[]> = new Map()

/** The secrets that nothing else of that name and key stands in the way of. */
function movesByFile(
  { resources }: LintResult,
  { plane, project }: SecretTarget,
): ReadonlyMap<string, readonly SecretMove[]> {
  const taken = new Set(plane.secrets.list(project).map(({ name, key }) => `${name}/${key}`))
  const byFile = new Map<string, SecretMove[]>()
  for (const read of resources) {
    for (const move of secretMoves(read)) {
      const id = `${move.name}/${move.key}`
      if (taken.has(id)) continue
      taken.add(id)
      byFile.set(read.source.file, [...(byFile.get(read.source.file) ?? []), move])
    }
  }
  return byFile
}

function store(
  moves: readonly SecretMove[],
  made: readonly Fix[],
  { plane, project }: SecretTarget,
): void {
  for (const { name, key, value, fix } of moves) {
    if (made.includes(fix)) plane.secrets.set(project, name, key, value)
  }
}

async function replaceFile(
  file: string,
  { before, after }: { readonly before: string; readonly after: string },
): Promise<void> {
  let written: string | undefined
  try {
    // A link keeps leading where it led.
    const path = await realpath(file)
    const bytes = await readFile(path)
    const mark = bytes.toString('utf8').startsWith('\ufeff') ? '\ufeff' : ''
    if (bytes.toString('utf8') !== mark + before) {
      throw new McpAuthError('FILE_NOT_WRITTEN', `${file} changed while it was checked.`, {
        hint: 'Run the command again.',
      })
    }
    written = join(dirname(path), `.${randomUUID()}.tmp`)
    await writeFile(written, mark + after, { mode: (await lstat(path)).mode, flag: 'wx' })
    await rename(written, path)
  } catch (error) {
    if (written !== undefined) await rm(written, { force: true })
    if (error instanceof McpAuthError) throw error
    throw new McpAuthError(
      'FILE_NOT_WRITTEN',
      `${file} cannot be written (${codeOf(error, 'unknown error')}).`,
      { hint: 'Check its permissions.', cause: error },
    )
  }
}
