// Writing several files: all of them, or none.
import { randomUUID } from 'node:crypto'
import { link, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

import { codeOf } from '../../core/error-code.ts'
import { McpAuthError } from '../../core/errors.ts'

export interface NewFile {
  readonly path: string
  /** As messages name it. */
  readonly shown: string
  readonly text: string
}

/**
 * Writes the files, and the folders they are in. Throws FILE_NOT_WRITTEN, with nothing written, when one exists and not
 * `force`, or when one cannot be written. A link that is in the way is replaced and never followed.
 */
export async function writeNewFiles(files: readonly NewFile[], force: boolean): Promise<void> {
  if (!force) await refuseExisting(files)
  const drafts = files.map((file) => ({ ...file, draft: `${file.path}.${randomUUID()}.tmp` }))
  const placed: string[] = []
  try {
    for (const file of drafts) await attempt(file, writeDraft)
    for (const file of drafts) {
      await attempt(file, force ? replace : place)
      placed.push(file.path)
    }
  } catch (error) {
    // What was replaced cannot be brought back; what was made can be taken away.
    if (!force) await remove(placed)
    throw error
  } finally {
    await remove(drafts.map(({ draft }) => draft))
  }
}

type Draft = NewFile & { readonly draft: string }

async function writeDraft({ path, draft, text }: Draft): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(draft, text, { flag: 'wx' })
}

async function place({ path, draft }: Draft): Promise<void> {
  await link(draft, path)
}

async function replace({ path, draft }: Draft): Promise<void> {
  await rename(draft, path)
}

async function attempt(file: Draft, step: (file: Draft) => Promise<void>): Promise<void> {
  try {
    await step(file)
  } catch (error) {
    const code = codeOf(error, 'unknown')
    // Made by another process since they were checked.
    if (step === place && code === 'EEXIST') throw existing([file])
    throw new McpAuthError('FILE_NOT_WRITTEN', `${file.shown} cannot be written (${code}).`, {
      hint: 'Check the folder and its permissions.',
      cause: error,
    })
  }
}

async function refuseExisting(files: readonly NewFile[]): Promise<void> {
  const states = await Promise.all(
    files.map(async (file) => ({ file, exists: await exists(file.path) })),
  )
  const inTheWay = states.flatMap(({ file, exists: there }) => (there ? [file] : []))
  if (inTheWay.length > 0) throw existing(inTheWay)
}

/** A link counts, wherever it leads. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

function existing(files: readonly NewFile[]): McpAuthError {
  const names = files.map(({ shown }) => shown).join(', ')
  const verb = files.length === 1 ? 'exists' : 'exist'
  return new McpAuthError('FILE_NOT_WRITTEN', `${names} ${verb}. Nothing was written.`, {
    hint: 'Choose another folder with --dir, or overwrite with --force.',
  })
}

/** As far as it can be done: what failed before is what the user has to know. */
async function remove(paths: readonly string[]): Promise<void> {
  await Promise.allSettled(paths.map(async (path) => rm(path, { force: true })))
}
