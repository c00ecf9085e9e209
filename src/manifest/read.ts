// Reads manifests from files, folders and standard input: the way in to this layer.
import { placeOf, type Diagnostic } from '../core/diagnostic.ts'
import type { Resource, UnreadableResource } from '../core/resource.ts'
import type { LineIndex } from './line-index.ts'
import { loadManifests, type SourceText } from './load.ts'
import { parseManifest } from './parse.ts'
import { quote, toDiagnostic } from './problem.ts'
import { type ValidatedDocument, validateDocument } from './validate.ts'

export interface ManifestBatch {
  /** Partial when a diagnostic is an error; ask `hasErrors`. */
  readonly resources: readonly Resource[]
  /** What the rest would have defined. */
  readonly unreadable: readonly UnreadableResource[]
  /** Of all files, in the order of the files, then by place. */
  readonly diagnostics: readonly Diagnostic[]
  /** File, as the user named it → its text. */
  readonly sources: ReadonlyMap<string, string>
}

/**
 * Reads, parses and checks everything that `paths` name; `-` is standard input. Never throws for what is wrong
 * with a file or a manifest: that is a diagnostic.
 */
export async function readManifests(
  paths: readonly string[],
  input: { readonly stdin: () => Promise<Uint8Array> },
): Promise<ManifestBatch> {
  const loaded = await loadManifests(paths, input)
  const batch = readTexts(loaded.sources)
  return {
    ...batch,
    unreadable: [...loaded.diagnostics.map(() => anything), ...batch.unreadable],
    diagnostics: inOrder([...loaded.diagnostics, ...batch.diagnostics], batch.sources),
  }
}

/** The same for texts that are already in memory. */
export function readTexts(texts: readonly SourceText[]): ManifestBatch {
  const resources: Resource[] = []
  const unreadable: UnreadableResource[] = []
  const diagnostics: Diagnostic[] = []
  const names = new NameIndex()
  let documents = 0
  for (const { file, text } of texts) {
    const parsed = parseManifest(text)
    for (const problem of parsed.problems) {
      diagnostics.push(toDiagnostic(problem, file, parsed.lines))
    }
    documents += parsed.documents.length + parsed.refused
    for (let count = 0; count < parsed.refused; count += 1) unreadable.push(anything)
    for (const document of parsed.documents) {
      const validated = validateDocument(document, file, parsed.lines)
      diagnostics.push(...validated.diagnostics)
      const duplicate = names.add(validated, file, parsed.lines)
      if (duplicate !== undefined) diagnostics.push(duplicate)
      else if (validated.resource !== undefined) resources.push(validated.resource)
      else unreadable.push(validated.identity ?? anything)
    }
  }
  // What a broken generator writes into a pipe; a file that is empty beside others means nothing.
  if (documents === 0) diagnostics.push(...texts.map(({ file }) => empty(file)))
  const sources = new Map(texts.map(({ file, text }) => [file, text]))
  return { resources, unreadable, diagnostics: inOrder(diagnostics, sources), sources }
}

/** By file, in the order of `sources`, then by place. */
export function inOrder(
  diagnostics: readonly Diagnostic[],
  sources: ManifestBatch['sources'],
): Diagnostic[] {
  const order = new Map([...sources.keys()].map((file, index) => [file, index]))
  // Files that could not be read have no text and come first.
  const rank = ({ file }: Diagnostic) => order.get(file) ?? -1
  return diagnostics.toSorted(
    (a, b) => rank(a) - rank(b) || a.start.line - b.start.line || a.start.column - b.start.column,
  )
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error')
}

function empty(file: string): Diagnostic {
  return {
    severity: 'error',
    rule: 'no-manifest',
    file,
    start: { line: 1, column: 1 },
    message: `${file} holds no manifest.`,
    hint: 'Name what holds at least one document, and check what wrote this.',
  }
}

const anything: UnreadableResource = { kind: undefined, name: undefined }

/** Where each kind and name was first seen. Case does not count: some stores fold it. */
class NameIndex {
  readonly #first = new Map<string, { readonly name: string; readonly place: string }>()

  /** A diagnostic when another document of the batch is called the same. */
  add({ identity }: ValidatedDocument, file: string, lines: LineIndex): Diagnostic | undefined {
    if (identity?.kind === undefined) return undefined
    const { kind, name, span } = identity
    const key = `${kind}/${name.toLowerCase()}`
    const first = this.#first.get(key)
    if (first === undefined) {
      this.#first.set(key, { name, place: placeOf({ file, start: lines.position(span.start) }) })
      return undefined
    }
    const message =
      first.name === name
        ? `${kind} ${quote(name)} is already defined at ${first.place}.`
        : `${kind} ${quote(name)} differs only in case from ${quote(first.name)} at ${first.place}.`
    const hint = 'Rename one of the two, or remove it.'
    return toDiagnostic({ rule: 'duplicate-name', span, message, hint }, file, lines)
  }
}
