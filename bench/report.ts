// What a section of the benchmarks hands back, and how it looks as Markdown.

export interface Report {
  readonly title: string
  readonly columns: readonly string[]
  /** The first cell names the row; a missing peer is a row of its own. */
  readonly rows: readonly (readonly string[])[]
  /** Lines below the table: how it was measured, what was missing. */
  readonly notes: readonly string[]
}

/** How much to measure: `quick` proves that everything runs, its numbers mean little. */
export interface Effort {
  readonly quick: boolean
}

export type Section = (effort: Effort) => Promise<Report>

/** A heading, a table with its numbers to the right, and the notes as a list. */
export function renderReport(report: Report): string {
  const width = report.columns.length
  const lines = [
    `### ${report.title}`,
    '',
    row(report.columns),
    `|---|${'---:|'.repeat(width - 1)}`,
    ...report.rows.map((cells) => row([...cells, ...blanks(width - cells.length)])),
    '',
    ...report.notes.map((note) => `- ${note}`),
  ]
  return `${lines.join('\n')}\n`
}

/** A row for a peer that this machine does not have. */
export function notInstalled(name: string): readonly string[] {
  return [name, 'not installed']
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function blanks(count: number): string[] {
  return Array.from({ length: count }, () => '')
}
