// Writes exported documents into a folder, without overwriting what differs.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { codeOf } from '../../core/error-code.ts'
import { McpAuthError } from '../../core/errors.ts'
import { documentText, fileName, type ExportDocument } from './documents.ts'

export interface WrittenFile {
  /** As the user named the folder. */
  readonly path: string
  readonly action: 'written' | 'overwritten' | 'unchanged'
}

export interface Target {
  readonly cwd: string
  readonly folder: string
  /** Overwrites files that differ. */
  readonly force: boolean
}

/**
 * One file a document; the folder is made when missing. Throws FILE_NOT_WRITTEN, naming them all, when a file of that name
 * holds something else and not `force`, before anything is written, and for what cannot be read or written.
 */
export async function writeDocuments(
  documents: readonly ExportDocument[],
  { cwd, folder, force }: Target,
): Promise<WrittenFile[]> {
  const planned = await Promise.all(
    documents.map(async (document) => {
      const path = join(folder, fileName(document))
      const text = documentText(document)
      const before = await currentText(resolve(cwd, path), path)
      return { path, text, action: actionFor(text, before) }
    }),
  )
  const differing = planned.filter(({ action }) => action === 'overwritten')
  if (differing.length > 0 && !force) throw differs(differing.map(({ path }) => path))
  await attempt(folder, async () => mkdir(resolve(cwd, folder), { recursive: true }))
  for (const { path, text, action } of planned) {
    if (action === 'unchanged') continue
    // `wx`: a file that came to be in the meantime is not overwritten either.
    const flag = force ? 'w' : 'wx'
    // oxlint-disable-next-line no-await-in-loop -- the first failure ends it
    await attempt(path, async () => writeFile(resolve(cwd, path), text, { flag }))
  }
  return planned.map(({ path, action }) => ({ path, action }))
}

function actionFor(text: string, before: string | undefined): WrittenFile['action'] {
  if (before === undefined) return 'written'
  return before === text ? 'unchanged' : 'overwritten'
}

async function currentText(file: string, path: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw unusable(path, error)
  }
}

async function attempt(path: string, step: () => Promise<unknown>): Promise<void> {
  try {
    await step()
  } catch (error) {
    throw unusable(path, error)
  }
}

function differs(paths: readonly string[]): McpAuthError {
  const [first = ''] = paths
  const what =
    paths.length === 1 ? `The file ${first} differs` : `These files differ: ${paths.join(', ')}`
  return new McpAuthError('FILE_NOT_WRITTEN', `${what}. Nothing was written.`, {
    hint: 'Overwrite with --force, or name another folder with -d.',
  })
}

function unusable(path: string, cause: unknown): McpAuthError {
  return new McpAuthError(
    'FILE_NOT_WRITTEN',
    `${path} cannot be read or written (${codeOf(cause, 'unknown')}).`,
    { hint: 'Check the folder and its permissions, or name another one with -d.', cause },
  )
}
