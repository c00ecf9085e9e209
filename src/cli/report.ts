// Failures → what standard error says and how the process ends.
import { McpAuthError } from '../core/errors.ts'
import { singleLine } from './output/table.ts'
import type { Style } from './output/style.ts'

export interface ReportOptions {
  readonly json: boolean
  /** Shows the stack of what mcpauth did not foresee. */
  readonly debug: boolean
  readonly style: Style
}

export interface Report {
  readonly text: string
  readonly exitCode: number
}

export function report(error: unknown, options: ReportOptions): Report {
  const known = error instanceof McpAuthError ? error : defect(error)
  const text = options.json ? asJson(known) : asText(known, options.style)
  const stack = options.debug ? stackOf(error) : ''
  return { text: `${text}${stack}`, exitCode: known.exitCode }
}

/** What went wrong there is unknown, and so is whether its message holds a secret: only its class is named. */
function defect(error: unknown): McpAuthError {
  const name = error instanceof Error ? error.name : typeof error
  return new McpAuthError('INTERNAL', `This is a defect in mcpauth (${name}).`, {
    hint: 'Please report it with what --debug shows.',
  })
}

function asText(error: McpAuthError, style: Style): string {
  return [
    `${style.error('error:')} ${error.message}\n`,
    error.place === undefined ? '' : `  at ${singleLine(error.place)}\n`,
    error.hint === undefined ? '' : `${style.dim('hint:')} ${error.hint}\n`,
  ].join('')
}

function asJson({ code, message, hint, place, diagnostics }: McpAuthError): string {
  const error = {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
    ...(diagnostics.length === 0 ? {} : { diagnostics }),
  }
  return `${JSON.stringify({ error })}\n`
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const cause = error.cause instanceof Error ? `caused by ${error.cause.stack ?? ''}\n` : ''
  return `${error.stack ?? ''}\n${cause}`
}
