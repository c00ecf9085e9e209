// The table of `access test -f`: text → its cases, with the place of each, or all that is wrong with it.
import type { AccessCases } from '../core/generated/types.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { Finding } from './finding.ts'
import type { LoadOptions } from './load.ts'
import { readDocument, type DocumentForm } from './own-document.ts'

export type AccessCase = AccessCases['cases'][number]

export interface ReadAccessCases {
  /** Absent when a diagnostic is an error. */
  readonly cases?: readonly AccessCase[]
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: ReadonlyMap<string, string>
  /** A diagnostic for something beyond the schema. */
  at(finding: Finding): Diagnostic
}

const form: DocumentForm = {
  schema: 'AccessCases',
  noun: 'table of cases',
  rule: 'access-cases',
  start: 'version: 1 and cases',
  manifestHint: 'Pass it to mcpauth apply, and the cases to mcpauth access test.',
}

/** Reads one file; `-` is standard input. What is wrong with it is a diagnostic, never thrown. */
export async function readAccessCases(
  path: string,
  options: LoadOptions,
): Promise<ReadAccessCases> {
  const { value, ...read } = await readDocument(path, options, form)
  if (value === undefined) return read
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of this type was checked
  const { cases } = value as unknown as AccessCases
  return { ...read, cases }
}
