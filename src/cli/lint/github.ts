// Findings as workflow commands, which GitHub Actions shows at their lines
// (docs.github.com: workflow commands, toolkit/packages/core/src/command.ts).
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { LintOutput } from './format.ts'

export function github({ findings }: LintOutput): string {
  return findings.map(command).join('')
}

function command({ severity, rule, file, start, end, message, hint }: Diagnostic): string {
  const properties = Object.entries({
    file,
    line: String(start.line),
    // GitHub shows columns only within one line.
    ...(end === undefined || end.line === start.line ? { col: String(start.column) } : {}),
    ...(end === undefined ? {} : { endLine: String(end.line) }),
    ...(end?.line === start.line ? { endColumn: String(end.column) } : {}),
    title: rule,
  })
  const shown = properties.map(([name, value]) => `${name}=${escapeProperty(value)}`).join(',')
  const text = hint === undefined ? message : `${message} ${hint}`
  return `::${severity} ${shown}::${escapeData(text)}\n`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
