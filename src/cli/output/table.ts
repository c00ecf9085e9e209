// Rows as aligned columns for people.

/** Columns two spaces apart under a heading; only the heading when there are no rows. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return aligned([heading, ...rows])
}

/** One `Name:  value` a line; pairs without a value are left out. */
export function fields(pairs: readonly (readonly [string, string | undefined])[]): string {
  return aligned(
    pairs.flatMap(([name, value]) => (value === undefined ? [] : [[`${name}:`, value]])),
  )
}

function aligned(rows: readonly (readonly string[])[]): string {
  const shown = rows.map((row) => row.map(singleLine))
  const columns = Math.max(0, ...shown.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...shown.map((row) => row[column]?.length ?? 0)),
  )
  return shown
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

/** A file name may hold line breaks and escape sequences; a terminal must not obey them. */
export function singleLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?')
}
