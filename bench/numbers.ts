// Medians, percentiles, and numbers short enough to read in a table.

/** The middle value; NaN for none. */
export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** The value that `percent` of the values do not exceed (nearest rank); NaN for none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = Math.ceil((percent / 100) * sorted.length) - 1
  return sorted[Math.max(0, rank)] ?? Number.NaN
}

/** The median of `values[i] / bases[i]`: each round is compared with itself, because machines drift between rounds. */
export function medianRatio(values: readonly number[], bases: readonly number[]): number {
  const pairs = Math.min(values.length, bases.length)
  const ratios = Array.from(
    { length: pairs },
    (_, index) => (values[index] ?? 0) / (bases[index] ?? 0),
  )
  return median(ratios)
}

/** Three significant digits, thousands apart; a dash for what was not measured. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en').replaceAll(',', ' ')
  return String(Number(value.toPrecision(3)))
}

export function times(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(2)}×` : '–'
}
