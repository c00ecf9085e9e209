// The resource of a manifest that a command makes, checked as one from a file is.
import { McpAuthError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Resource } from '../core/resource.ts'
import { readTexts } from '../manifest/read.ts'
import type { CommandContext } from './context.ts'

/**
 * `origin` says what made it. What is doubtful is told on standard error; throws USAGE for what no manifest may say.
 */
export function madeResource(
  context: CommandContext,
  origin: string,
  manifest: JsonObject,
): Resource {
  const { resources, diagnostics } = readTexts([{ file: origin, text: JSON.stringify(manifest) }])
  for (const { severity, message, hint } of diagnostics) {
    if (severity === 'error')
      throw new McpAuthError('USAGE', message, hint === undefined ? {} : { hint })
    context.notice(`${context.style.warning('warning:')} ${message}`)
  }
  const [resource] = resources
  if (resource === undefined)
    throw new McpAuthError('INTERNAL', 'A manifest made here was refused.')
  return { ...resource, origin: { file: origin, start: { line: 1, column: 1 }, positions: {} } }
}
