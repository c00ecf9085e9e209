// What commander says about a wrong command line, as a USAGE error.
import type { CommanderError } from 'commander'

import { McpAuthError } from '../core/errors.ts'

/** Words that commander repeats but that may be a secret in the wrong place are left out. */
export function usageError({ code, message }: CommanderError): McpAuthError {
  const [complaint = '', suggestion = ''] = withoutValues(code, message).split('\n')
  const hint = /^\((?<hint>.*)\)$/.exec(suggestion)?.groups?.['hint']
  return new McpAuthError('USAGE', sentence(complaint.replace(/^error: /, '')), {
    hint: hint ?? hintFor(complaint),
  })
}

/** What people most often mean by an argument too many. */
function hintFor(complaint: string): string {
  const command = /arguments for '(?<name>apply|diff|delete)'\. Expected 0/.exec(complaint)
  const name = command?.groups?.['name']
  if (name !== undefined) return `Name files with -f: mcpauth ${name} -f PATH`
  if (complaint.includes("arguments for 'set'")) {
    return 'A secret does not go on the command line, where others can read it: pipe it, or use --from-file or --from-env.'
  }
  return 'Add --help to see what the command takes.'
}

function withoutValues(code: string, message: string): string {
  if (code === 'commander.excessArguments') return message.replace(/( but got \d+):.*$/s, '$1')
  if (code === 'commander.unknownOption') return message.replace(/=.*'/s, "'")
  return message
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.?!]$/.test(capital) ? capital : `${capital}.`
}
