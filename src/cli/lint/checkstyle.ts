// Findings in the format of Checkstyle, which many review tools read.
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { LintOutput } from './format.ts'
import { xmlAttributes, xmlDeclaration } from './xml.ts'

export function checkstyle({ findings }: LintOutput): string {
  const files = [...Map.groupBy(findings, ({ file }) => file)].map(
    ([name, found]) =>
      `  <file${xmlAttributes({ name })}>\n${found.map(error).join('')}  </file>\n`,
  )
  return `${xmlDeclaration}<checkstyle version="4.3">\n${files.join('')}</checkstyle>\n`
}

function error({ severity, rule, start, message, hint }: Diagnostic): string {
  const attributes = xmlAttributes({
    line: start.line,
    column: start.column,
    severity,
    message: hint === undefined ? message : `${message} ${hint}`,
    source: `mcpauth.${rule}`,
  })
  return `    <error${attributes}/>\n`
}
