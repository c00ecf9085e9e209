// What is wrong or doubtful in manifests, shown and turned into the error that ends a command.
import type { Diagnostic } from '../core/diagnostic.ts'
import { McpAuthError } from '../core/errors.ts'
import type { CommandContext } from './context.ts'
import type { OutputFormat } from './options.ts'

export interface Findings {
  /** File → its text. */
  readonly sources: ReadonlyMap<string, string>
  readonly diagnostics: readonly Diagnostic[]
  readonly format: OutputFormat
}

/** On standard error. For programs, errors are in the error that ends the command instead. */
export async function showFindings(
  context: CommandContext,
  { sources, diagnostics, format }: Findings,
): Promise<void> {
  if (format === 'json' && diagnostics.some(({ severity }) => severity === 'error')) return
  if (diagnostics.length === 0) return
  const { renderDiagnostics } = await import('../manifest/render.ts')
  context.world.stderr.write(renderDiagnostics(diagnostics, sources, context.style))
}

/** `consequence` is a sentence, such as `Nothing was applied.` */
export function refusal(diagnostics: readonly Diagnostic[], consequence: string): McpAuthError {
  const count = diagnostics.filter(({ severity }) => severity === 'error').length
  return new McpAuthError(
    'MANIFEST_INVALID',
    `${count === 1 ? '1 problem' : `${count} problems`} in the manifests. ${consequence}`,
    { diagnostics },
  )
}
