// A file that is one document of mcpauth's own, such as a run file: text → what it says, or all that is wrong with it.
import type { Diagnostic } from '../core/diagnostic.ts'
import { isJsonObject, type Json } from '../core/json.ts'
import { explain } from './explain.ts'
import { type Finding, toProblem } from './finding.ts'
import { loadManifests, type LoadOptions, type SourceText } from './load.ts'
import { parseManifest } from './parse.ts'
import { toDiagnostic } from './problem.ts'
import { hasErrors, inOrder } from './read.ts'
import { violationsOf } from './schema.ts'

/** What tells one kind of such files from another. */
export interface DocumentForm {
  /** Title of its schema. */
  readonly schema: string
  /** As sentences call it: `run file`. */
  readonly noun: string
  /** Rule of findings beyond the schema. */
  readonly rule: string
  /** What such a file has to begin with. */
  readonly start: string
  /** What to do with a manifest that stands in its place. */
  readonly manifestHint: string
  /** Findings beyond the schema. */
  readonly check?: (value: Json) => readonly Finding[]
}

export interface ReadDocument {
  /** Valid by the schema; absent when a diagnostic is an error. */
  readonly value?: Json
  readonly diagnostics: readonly Diagnostic[]
  /** File → its text. */
  readonly sources: ReadonlyMap<string, string>
  /** A diagnostic for something beyond the schema. */
  at(finding: Finding): Diagnostic
  /** The text of a scalar without quotes as it is written, such as `010`. */
  writtenAt(pointer: string): string | undefined
}

/** Reads one file; `-` is standard input. What is wrong with it is a diagnostic, never thrown. */
export async function readDocument(
  path: string,
  options: LoadOptions,
  form: DocumentForm,
): Promise<ReadDocument> {
  const { sources, diagnostics } = await loadManifests([path], options)
  const [source] = sources
  return source === undefined ? withoutDocument(path, diagnostics) : parseDocument(source, form)
}

/** The same for text that is in memory. */
export function parseDocument({ file, text }: SourceText, form: DocumentForm): ReadDocument {
  const { lines, documents, problems } = parseManifest(text)
  const sources = new Map([[file, text]])
  const broken = problems.map((problem) => toDiagnostic(problem, file, lines))
  const [document, second] = documents
  if (document === undefined) {
    const start = { line: 1, column: 1 }
    const nothing: Diagnostic = {
      severity: 'error',
      rule: `no-${form.rule}`,
      file,
      start,
      message: `${file} holds no ${form.noun}.`,
      hint: `Write ${form.start}.`,
    }
    return withoutDocument(file, broken.length > 0 ? broken : [nothing], sources)
  }
  const at = (finding: Finding): Diagnostic =>
    toDiagnostic(toProblem(finding, document), file, lines)
  const own = findingsOf(document.value, form).map((finding) => at(finding))
  if (second !== undefined) {
    const message = `A ${form.noun} is one document, and here begins a second one.`
    const problem = { rule: form.rule, span: second.span, message, hint: 'Remove it.' }
    own.push(toDiagnostic(problem, file, lines))
  }
  const diagnostics = inOrder([...broken, ...own], sources)
  const writtenAt = (pointer: string): string | undefined => document.sourceAt(pointer)
  if (hasErrors(diagnostics)) return { diagnostics, sources, at, writtenAt }
  return { value: document.value, diagnostics, sources, at, writtenAt }
}

function findingsOf(value: Json, form: DocumentForm): readonly Finding[] {
  const more = form.check?.(value) ?? []
  if (isJsonObject(value) && 'kind' in value && 'apiVersion' in value) {
    const message = `This is a manifest, not a ${form.noun}.`
    return [{ rule: form.rule, pointer: '', message, hint: form.manifestHint }, ...more]
  }
  return [...explain(violationsOf(form.schema, value)), ...more]
}

function withoutDocument(
  file: string,
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string> = new Map(),
): ReadDocument {
  const start = { line: 1, column: 1 }
  return {
    diagnostics,
    sources,
    at: ({ rule, message }) => ({ severity: 'error', rule, file, start, message }),
    writtenAt: () => undefined,
  }
}
