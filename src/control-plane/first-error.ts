// The errors of an apply that no manifest stands behind: without a place to point at, the first is the error of the command.
import type { Diagnostic } from '../core/diagnostic.ts'
import { McpAuthError, type ErrorCode } from '../core/errors.ts'

/** Throws the first error among the diagnostics. */
export function throwFirstError(diagnostics: readonly Diagnostic[]): void {
  const error = diagnostics.find((diagnostic) => diagnostic.severity === 'error')
  if (error === undefined) return
  const code = codes.get(error.rule) ?? 'MANIFEST_INVALID'
  throw new McpAuthError(code, error.message, error.hint === undefined ? {} : { hint: error.hint })
}

const codes: ReadonlyMap<string, ErrorCode> = new Map([
  ['unknown-configuration', 'RESOURCE_NOT_FOUND'],
  ['name-taken', 'RESOURCE_EXISTS'],
])
