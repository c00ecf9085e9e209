// The results in docs/conformance.md: a table a section, between two comments that name it.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Verdicts } from './suite.ts'

const page = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url))

export type Row = readonly string[]

/** Aligned as the formatter aligns it. */
export function table(head: Row, rows: readonly Row[]): string {
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length), title.length),
  )
  const line = (cells: Row): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** `3`, or `2 of 3` when one did not pass. What a scenario left out is no check. */
export function passed(statuses: readonly string[] | undefined): string {
  const counted = (statuses ?? []).filter((status) => !/ (?:SKIPPED|INFO)$/.test(status))
  const good = counted.filter((status) => status.endsWith(' SUCCESS')).length
  return good === counted.length ? String(good) : `${good} of ${counted.length}`
}

export const passedOfAll = (verdicts: Verdicts): string => passed([...verdicts.values()].flat())

/** Puts `text` into its section; false when another one stands there. With `check` nothing is written. */
export function renewSection(name: string, text: string, check: boolean): boolean {
  const whole = readFileSync(page, 'utf8')
  const begin = `<!-- ${name}: written by npm run conformance -->\n`
  const end = `<!-- end of ${name} -->`
  const [from, to] = [whole.indexOf(begin), whole.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/conformance.md has no section ${name}`)
  const renewed = `${whole.slice(0, from + begin.length)}\n${text}\n\n${whole.slice(to)}`
  if (!check) writeFileSync(page, renewed)
  return renewed === whole
}
