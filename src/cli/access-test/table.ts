// The report of a table of cases: for people, for programs, and for CI as JUnit.
import type { JsonObject } from '../../core/json.ts'
import { xmlAttributes, xmlDeclaration, xmlText } from '../lint/xml.ts'
import { plain, type Style } from '../output/style.ts'
import { singleLine } from '../output/table.ts'
import type { CaseResult } from './cases.ts'
import { stepLines, trialJson } from './report.ts'

export function casesText(results: readonly CaseResult[], style: Style): string {
  return results
    .map(({ name, place, trial, failure }) => {
      const shown = singleLine(name)
      if (failure === undefined) return `${style.good('ok')}    ${shown}\n`
      return `${style.bad('FAIL')}  ${shown}: ${failure} (${place})\n${stepLines(trial, style)}`
    })
    .join('')
}

export function casesJson(results: readonly CaseResult[]): JsonObject {
  return {
    items: results.map(({ name, place, call, trial, failure }) => ({
      name,
      place,
      asExpected: failure === undefined,
      ...(failure === undefined ? {} : { failure }),
      ...trialJson(call, trial),
    })),
  }
}

export function casesJunit(results: readonly CaseResult[]): string {
  const failures = results.filter(({ failure }) => failure !== undefined).length
  const counts = { name: 'mcpauth access test', tests: results.length, failures, errors: 0 }
  const cases = results.map(({ name, place, trial, failure }) => {
    const attributes = xmlAttributes({ classname: 'access', name })
    if (failure === undefined) return `    <testcase${attributes}/>\n`
    const text = `${place}\n${stepLines(trial, plain)}`
    return (
      `    <testcase${attributes}>\n` +
      `      <failure${xmlAttributes({ message: failure })}>${xmlText(text)}</failure>\n` +
      '    </testcase>\n'
    )
  })
  return (
    `${xmlDeclaration}<testsuites${xmlAttributes(counts)}>\n` +
    `  <testsuite${xmlAttributes(counts)}>\n${cases.join('')}  </testsuite>\n</testsuites>\n`
  )
}
