// Reads manifests from files, folders and standard input: the way in to this layer.
import { placeOf, type Diagnostic } from '../core/diagnostic.ts'
import type { Resource, UnreadableResource } from '../core/resource.ts'
import type { LineIndex } from './line-index.ts'
import { loadManifests, type LoadedSources, type LoadOptions, type SourceText } from './load.ts'
import { parseManifest, type ParsedDocument } from './parse.ts'
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

/** A resource with the document it was read from. */
export interface ReadResource {
  readonly resource: Resource
  readonly document: ParsedDocument
  readonly lines: LineIndex
  readonly source: SourceText
}

export interface ReadHooks {
  /** Whether a document is none of ours, and left out without a word. */
  readonly isForeign?: (document: ParsedDocument, source: SourceText) => boolean
  readonly onResource?: (read: ReadResource) => void
  /** The severity of a finding, where it is another one than for `apply`. */
  readonly severityOf?: (rule: string) => Diagnostic['severity'] | undefined
  /** Rules whose errors do not keep a document from being a resource. */
  readonly tolerated?: ReadonlySet<string>
  /** How bad one name in two files is; an error unless given. */
  readonly duplicateSeverity?: (first: string, second: string) => Diagnostic['severity']
}

export type ReadOptions = LoadOptions & ReadHooks

/**
 * Reads, parses and checks everything that `paths` name; `-` is standard input. Never throws for what is wrong
 * with a file or a manifest: that is a diagnostic.
 */
export async function readManifests(
  paths: readonly string[],
  options: ReadOptions,
): Promise<ManifestBatch> {
  return readLoaded(await loadManifests(paths, options), options)
}

/** The same for what is loaded already. */
export function readLoaded(loaded: LoadedSources, hooks: ReadHooks = {}): ManifestBatch {
  const batch = readTexts(loaded.sources, hooks)
  return {
    ...batch,
    unreadable: [...loaded.diagnostics.map(() => anything), ...batch.unreadable],
    diagnostics: inOrder([...loaded.diagnostics, ...batch.diagnostics], batch.sources),
  }
}

/** The same for texts that are already in memory. */
export function readTexts(texts: readonly SourceText[], hooks: ReadHooks = {}): ManifestBatch {
  const reader = new BatchReader(hooks)
  for (const source of texts) reader.read(source)
  const { resources, unreadable, diagnostics } = reader
  // What a broken generator writes into a pipe; a file that is empty beside others means nothing.
  if (reader.documents === 0) diagnostics.push(...texts.map(({ file }) => empty(file)))
  const sources = new Map(texts.map(({ file, text }) => [file, text]))
  return { resources, unreadable, diagnostics: inOrder(diagnostics, sources), sources }
}

class BatchReader {
  readonly resources: Resource[] = []
  readonly unreadable: UnreadableResource[] = []
  readonly diagnostics: Diagnostic[] = []
  /** All that were there, those left out included. */
  documents = 0
  readonly #hooks: ReadHooks
  readonly #names: NameIndex

  constructor(hooks: ReadHooks) {
    this.#hooks = hooks
    this.#names = new NameIndex(hooks.duplicateSeverity ?? (() => 'error'))
  }

  read(source: SourceText): void {
    const { lines, documents, problems, refused } = parseManifest(source.text)
    for (const problem of problems) {
      this.diagnostics.push(toDiagnostic(problem, source.file, lines))
    }
    this.documents += documents.length + refused
    for (let count = 0; count < refused; count += 1) this.unreadable.push(anything)
    for (const document of documents) {
      if (this.#hooks.isForeign?.(document, source) !== true) {
        this.#document({ document, lines, source })
      }
    }
  }

  #document(read: Omit<ReadResource, 'resource'>): void {
    const { document, lines, source } = read
    const validated = validateDocument(document, { ...this.#hooks, file: source.file, lines })
    this.diagnostics.push(...validated.diagnostics)
    const duplicate = this.#names.add(validated, source.file, lines)
    if (duplicate !== undefined) this.diagnostics.push(duplicate)
    if (duplicate?.severity === 'error') return
    const { resource, identity = anything } = validated
    if (resource === undefined) {
      this.unreadable.push(identity)
      return
    }
    this.resources.push(resource)
    this.#hooks.onResource?.({ ...read, resource })
  }
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
  readonly #first = new Map<string, { name: string; file: string; place: string }>()
  readonly #severity: NonNullable<ReadHooks['duplicateSeverity']>

  constructor(severity: NonNullable<ReadHooks['duplicateSeverity']>) {
    this.#severity = severity
  }

  /** A diagnostic when another document of the batch is called the same. */
  add({ identity }: ValidatedDocument, file: string, lines: LineIndex): Diagnostic | undefined {
    if (identity?.kind === undefined) return undefined
    const { kind, name, span } = identity
    const key = `${kind}/${name.toLowerCase()}`
    const first = this.#first.get(key)
    if (first === undefined) {
      const place = placeOf({ file, start: lines.position(span.start) })
      this.#first.set(key, { name, file, place })
      return undefined
    }
    const message =
      first.name === name
        ? `${kind} ${quote(name)} is already defined at ${first.place}.`
        : `${kind} ${quote(name)} differs only in case from ${quote(first.name)} at ${first.place}.`
    const hint = 'Rename one of the two, or remove it.'
    const severity = this.#severity(first.file, file)
    return toDiagnostic({ severity, rule: 'duplicate-name', span, message, hint }, file, lines)
  }
}
