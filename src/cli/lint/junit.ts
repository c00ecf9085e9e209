// Findings as a JUnit report: a suite for each file, a failed case for each finding, a passed one for a clean file.
import { type Diagnostic, placeOf } from '../../core/diagnostic.ts'
import type { LintOutput } from './format.ts'
import { xmlAttributes, xmlDeclaration, xmlText } from './xml.ts'

export function junit({ findings, sources }: LintOutput): string {
  const byFile = Map.groupBy(findings, ({ file }) => file)
  const files = [...new Set([...sources.keys(), ...byFile.keys()])]
  const suites = files.map((file) => suite(file, byFile.get(file) ?? []))
  const tests = files.reduce((sum, file) => sum + Math.max(1, byFile.get(file)?.length ?? 0), 0)
  const attributes = xmlAttributes({
    name: 'mcpauth lint',
    tests,
    failures: findings.length,
    errors: 0,
  })
  return `${xmlDeclaration}<testsuites${attributes}>\n${suites.join('')}</testsuites>\n`
}

function suite(file: string, findings: readonly Diagnostic[]): string {
  const tests = Math.max(1, findings.length)
  const attributes = xmlAttributes({ name: file, tests, failures: findings.length, errors: 0 })
  const cases =
    findings.length === 0
      ? `    <testcase${xmlAttributes({ classname: file, name: 'no findings' })}/>\n`
      : findings.map(failedCase).join('')
  return `  <testsuite${attributes}>\n${cases}  </testsuite>\n`
}

function failedCase(finding: Diagnostic): string {
  const { severity, rule, file, start, message, hint } = finding
  const name = `${rule} at ${start.line}:${start.column}`
  const text = [placeOf(finding), message, ...(hint === undefined ? [] : [hint])].join('\n')
  return (
    `    <testcase${xmlAttributes({ classname: file, name })}>\n` +
    `      <failure${xmlAttributes({ type: severity, message })}>${xmlText(text)}</failure>\n` +
    '    </testcase>\n'
  )
}
