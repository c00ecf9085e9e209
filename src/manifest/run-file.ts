// The run file of `dev run -f`: text → what it says, with the place of every value, or all that is wrong with it.
import type { RunFile } from '../core/generated/types.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import { isJsonObject, type Json } from '../core/json.ts'
import { joinPointer } from '../core/pointer.ts'
import { explain } from './explain.ts'
import { type Finding, toProblem } from './finding.ts'
import { ignoredRunFields } from './generated/run-file-fields.ts'
import { loadManifests, type LoadOptions, type SourceText } from './load.ts'
import { parseManifest, type ParsedDocument } from './parse.ts'
import { toDiagnostic } from './problem.ts'
import { hasErrors, inOrder } from './read.ts'
import { violationsOf } from './schema.ts'

export interface ReadRunFile {
  /** Absent when a diagnostic is an error. */
  readonly runFile?: RunFile
  readonly diagnostics: readonly Diagnostic[]
  /** File → its text. */
  readonly sources: ReadonlyMap<string, string>
  /** A diagnostic for something beyond the schema. */
  at(finding: Finding): Diagnostic
  /** The text of a scalar without quotes as it is written, such as `010`. */
  writtenAt(pointer: string): string | undefined
}

/** Reads one file; `-` is standard input. What is wrong with it is a diagnostic, never thrown. */
export async function readRunFile(path: string, options: LoadOptions): Promise<ReadRunFile> {
  const { sources, diagnostics } = await loadManifests([path], options)
  const [source] = sources
  return source === undefined ? withoutDocument(path, diagnostics) : parseRunFile(source)
}

/** The same for text that is in memory. */
export function parseRunFile({ file, text }: SourceText): ReadRunFile {
  const { lines, documents, problems } = parseManifest(text)
  const sources = new Map([[file, text]])
  const broken = problems.map((problem) => toDiagnostic(problem, file, lines))
  const [document, second] = documents
  if (document === undefined) {
    const nothing = { rule: 'no-run-file', hint: 'Write version: 1 and apps.' } as const
    const message = `${file} holds no run file.`
    const start = { line: 1, column: 1 }
    const empty: Diagnostic[] =
      broken.length > 0 ? broken : [{ ...nothing, severity: 'error', file, start, message }]
    return withoutDocument(file, empty, sources)
  }
  const at = (finding: Finding): Diagnostic =>
    toDiagnostic(toProblem(finding, document), file, lines)
  const findings = [...findingsOf(document.value), ...ignoredIn(document.value)]
  const own = findings.map((finding) => at(finding))
  if (second !== undefined) {
    const message = 'A run file is one document, and here begins a second one.'
    const problem = { rule: 'run-file', span: second.span, message, hint: 'Remove it.' }
    own.push(toDiagnostic(problem, file, lines))
  }
  const diagnostics = inOrder([...broken, ...own], sources)
  const writtenAt = (pointer: string): string | undefined => document.sourceAt(pointer)
  if (hasErrors(diagnostics)) return { diagnostics, sources, at, writtenAt }
  return { runFile: validated(document), diagnostics, sources, at, writtenAt }
}

function validated({ value }: ParsedDocument): RunFile {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of this type was checked
  return value as unknown as RunFile
}

function withoutDocument(
  file: string,
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string> = new Map(),
): ReadRunFile {
  const start = { line: 1, column: 1 }
  return {
    diagnostics,
    sources,
    at: ({ rule, message }) => ({ severity: 'error', rule, file, start, message }),
    writtenAt: () => undefined,
  }
}

function findingsOf(value: Json): Finding[] {
  if (isJsonObject(value) && 'kind' in value && 'apiVersion' in value) {
    const message = 'This is a manifest, not a run file.'
    const hint = 'Name it in resourcesPaths of a run file, or pass it to mcpauth apply.'
    return [{ rule: 'run-file', pointer: '', message, hint }]
  }
  return explain(violationsOf('RunFile', value))
}

/** One warning for all fields that have no meaning here. */
function ignoredIn(value: Json): Finding[] {
  const found = [...fieldsOf(value, '')].filter(({ name }) => ignoredRunFields.has(name))
  const [first] = found
  if (first === undefined) return []
  const names = [...new Set(found.map(({ name }) => name))].join(', ')
  return [
    {
      severity: 'warning',
      rule: 'ignored-field',
      pointer: first.pointer,
      at: 'key',
      message: `Fields without meaning here are ignored: ${names}.`,
      hint: 'Remove them, or keep them for Dapr.',
    },
  ]
}

function* fieldsOf(value: Json, pointer: string): Generator<{ name: string; pointer: string }> {
  if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly Json[]).entries()) {
      yield* fieldsOf(item, joinPointer(pointer, index))
    }
    return
  }
  if (!isJsonObject(value)) return
  for (const [name, member] of Object.entries(value)) {
    const inner = joinPointer(pointer, name)
    yield { name, pointer: inner }
    // The names in env are the user's own.
    if (name !== 'env') yield* fieldsOf(member, inner)
  }
}
