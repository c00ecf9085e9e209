// The run file of `dev run -f`: text → what it says, with the place of every value, or all that is wrong with it.
import type { RunFile } from '../core/generated/types.ts'
import { isJsonObject, type Json } from '../core/json.ts'
import { joinPointer } from '../core/pointer.ts'
import type { Finding } from './finding.ts'
import { ignoredRunFields } from './generated/run-file-fields.ts'
import type { LoadOptions, SourceText } from './load.ts'
import {
  parseDocument,
  readDocument,
  type DocumentForm,
  type ReadDocument,
} from './own-document.ts'

export interface ReadRunFile extends Omit<ReadDocument, 'value'> {
  /** Absent when a diagnostic is an error. */
  readonly runFile?: RunFile
}

const form: DocumentForm = {
  schema: 'RunFile',
  noun: 'run file',
  rule: 'run-file',
  start: 'version: 1 and apps',
  manifestHint: 'Name it in resourcesPaths of a run file, or pass it to mcpauth apply.',
  check: ignoredIn,
}

/** Reads one file; `-` is standard input. What is wrong with it is a diagnostic, never thrown. */
export async function readRunFile(path: string, options: LoadOptions): Promise<ReadRunFile> {
  return validated(await readDocument(path, options, form))
}

/** The same for text that is in memory. */
export function parseRunFile(source: SourceText): ReadRunFile {
  return validated(parseDocument(source, form))
}

function validated({ value, ...read }: ReadDocument): ReadRunFile {
  if (value === undefined) return read
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of this type was checked
  return { ...read, runFile: value as unknown as RunFile }
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
