// What a server does and does not do as it must: for people, for programs, and for CI as JUnit.
import type { Json } from '../../core/json.ts'
import type { Result } from '../../doctor/verify/case.ts'
import { xmlAttributes, xmlDeclaration, xmlText } from '../lint/xml.ts'
import type { Printable } from '../output/printable.ts'
import type { Style } from '../output/style.ts'
import { singleLine } from '../output/table.ts'

/** `target` as it was named. */
export function verifyReport(target: string, results: readonly Result[]): Printable {
  const failed = results.filter(({ status }) => status === 'failed')
  const skipped = results.filter(({ status }) => status === 'skipped')
  const passed = results.length - failed.length - skipped.length
  return {
    json: (): Json => ({
      target,
      status: failed.length === 0 ? 'passed' : 'failed',
      cases: results.map((result) => ({ ...result })),
    }),
    names: () => failed.map(({ id }) => id),
    text: (style) =>
      results.map((result) => line(result, style)).join('') +
      `\n${passed} passed, ${failed.length} failed, ${skipped.length} skipped\n`,
  }
}

const marks = { passed: '✓', failed: '✗', skipped: '-' } as const

function line({ id, must, status, detail }: Result, style: Style): string {
  const paint = { passed: style.good, failed: style.bad, skipped: style.dim }[status]
  const more = detail === undefined ? '' : `    ${singleLine(detail)}\n`
  return `${paint(`${marks[status]} ${id.padEnd(21)}`)}  ${singleLine(must)}\n${more}`
}

export function verifyJunit(target: string, results: readonly Result[]): string {
  const count = (wanted: Result['status']): number =>
    results.filter(({ status }) => status === wanted).length
  const counts = {
    name: 'mcpauth verify',
    tests: results.length,
    failures: count('failed'),
    errors: 0,
    skipped: count('skipped'),
  }
  const cases = results.map((result) => junitCase(target, result)).join('')
  return (
    `${xmlDeclaration}<testsuites${xmlAttributes(counts)}>\n` +
    `  <testsuite${xmlAttributes({ ...counts, name: target })}>\n${cases}  </testsuite>\n</testsuites>\n`
  )
}

function junitCase(target: string, { id, must, status, detail = '' }: Result): string {
  const start = `    <testcase${xmlAttributes({ classname: target, name: id })}`
  if (status === 'passed') return `${start}/>\n`
  const attributes = xmlAttributes({ message: detail })
  const inner =
    status === 'skipped'
      ? `<skipped${attributes}/>`
      : `<failure${attributes}>${xmlText(`${must}; but ${detail}`)}</failure>`
  return `${start}>\n      ${inner}\n    </testcase>\n`
}
