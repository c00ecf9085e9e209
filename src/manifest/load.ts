// Paths, folders and standard input → texts. Only regular files are read, and only so much of them.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

import type { Diagnostic } from '../core/diagnostic.ts'
import { codeOf } from '../core/error-code.ts'
import { decodeManifest } from './decode.ts'
import { findManifests, type FoundFile, unreadable } from './find.ts'
import { indexLines } from './line-index.ts'
import { toDiagnostic } from './problem.ts'

/** A text and how the user named its file. */
export interface SourceText {
  readonly file: string
  readonly text: string
  /** Whether it was found in a folder, not named itself. */
  readonly isFound?: boolean
}

export interface LoadOptions {
  readonly stdin: () => Promise<Uint8Array>
  /** Leaves out of folders what their .gitignore files name. */
  readonly gitIgnore?: boolean
}

export interface LoadedSources {
  readonly sources: readonly SourceText[]
  readonly diagnostics: readonly Diagnostic[]
}

export const stdinName = '<stdin>'

/** A bulk file may be long; each of its documents is limited to 1 MiB by the prescan. */
export const maxFileBytes = 16 * 1024 * 1024
const maxFiles = 10_000

/**
 * Reads every path: a file of any extension, a folder (its manifests, recursively, in code-unit order of their
 * paths), or `-`. A file that is named twice is read once. What cannot be read becomes a diagnostic.
 */
export async function loadManifests(
  paths: readonly string[],
  options: LoadOptions,
): Promise<LoadedSources> {
  const sources: SourceText[] = []
  const diagnostics: Diagnostic[] = []
  const seen = new Set<string>()
  for (const path of paths) {
    if (path === '-') {
      if (seen.has(path)) continue
      seen.add(path)
      decode(await options.stdin(), { file: stdinName }, { sources, diagnostics })
      continue
    }
    const found = await findManifests(path, { maxFiles, gitIgnore: options.gitIgnore === true })
    diagnostics.push(...found.diagnostics)
    for (const file of found.files) {
      if (seen.has(file.real)) continue
      seen.add(file.real)
      if (seen.size > maxFiles) {
        const message = `More than ${maxFiles} files were named.`
        diagnostics.push(unreadable(file.name, message, 'Apply them in parts.'))
        return { sources, diagnostics }
      }
      const bytes = await readRegularFile(file)
      if (bytes instanceof Uint8Array)
        decode(bytes, { file: file.name, isFound: file.name !== path }, { sources, diagnostics })
      else diagnostics.push(bytes)
    }
  }
  return { sources, diagnostics }
}

function decode(
  bytes: Uint8Array,
  origin: Omit<SourceText, 'text'>,
  into: { readonly sources: SourceText[]; readonly diagnostics: Diagnostic[] },
): void {
  const { file } = origin
  if (bytes.length > maxFileBytes) {
    into.diagnostics.push(tooLarge(file))
    return
  }
  const decoded = decodeManifest(bytes)
  if (!('problem' in decoded)) {
    if (!isOtherJson(origin, decoded.text)) into.sources.push({ ...origin, text: decoded.text })
    return
  }
  into.diagnostics.push(toDiagnostic(decoded.problem, file, indexLines(decoded.text)))
}

/** In folders JSON is mostly something else: package files, and the secrets that a Component reads. */
function isOtherJson({ file, isFound }: Omit<SourceText, 'text'>, text: string): boolean {
  return isFound === true && /\.json$/i.test(file) && !/"(?:apiVersion|kind)"/.test(text)
}

async function readRegularFile({ real, name }: FoundFile): Promise<Uint8Array | Diagnostic> {
  let handle: FileHandle | undefined
  try {
    // Neither a link put there since nor a FIFO without a writer may hold or lead this process anywhere.
    // Windows has neither flag; undefined counts as 0 below.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
    handle = await open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const status = await handle.stat()
    if (!status.isFile()) {
      return unreadable(name, `${name} is not a regular file.`, 'Name a file or a folder.')
    }
    if (status.size > maxFileBytes) return tooLarge(name)
    // One byte more than the limit shows that the file has grown since.
    const buffer = Buffer.alloc(Math.min(status.size, maxFileBytes) + 1)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
    if (bytesRead > status.size) {
      return unreadable(name, `${name} changed while it was read.`, 'Try again.')
    }
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    return unreadable(
      name,
      `${name} cannot be read (${codeOf(error, 'unknown error')}).`,
      'Check its permissions.',
    )
  } finally {
    await handle?.close()
  }
}

function tooLarge(file: string): Diagnostic {
  const message = `${file} is larger than ${maxFileBytes / 1024 / 1024} MiB.`
  return { ...unreadable(file, message, 'Split it.'), rule: 'too-large' }
}
