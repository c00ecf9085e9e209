// Scalars of plain YAML: what stands on one line and means the same to everybody (YAML 1.2 core schema).

export interface ReadScalar {
  readonly value: string | number | boolean | null
  readonly start: number
  readonly end: number
  /** The text of a scalar without quotes. */
  readonly source?: string
}

/** A scalar without quotes; in a flow it ends before `,`, `]` and `}`. Undefined when it is not certain what it means. */
export function plainScalar(
  text: string,
  start: number,
  place: 'block' | 'flow',
): ReadScalar | undefined {
  const pattern = place === 'block' ? blockPattern : flowPattern
  pattern.lastIndex = start
  const source = pattern.exec(text)?.[0]
  if (source === undefined) return undefined
  const scalar = { start, end: start + source.length, source }
  if (words.has(source)) return { ...scalar, value: words.get(source) ?? null }
  if (!/^[\d.]/.test(source)) return { ...scalar, value: source }
  if (/^\d{1,15}$/.test(source)) return { ...scalar, value: Number(source) }
  return numberLike.test(source) ? undefined : { ...scalar, value: source }
}

/** A scalar in quotes that ends on its line; undefined for escapes beyond `\"`, `\\` and `\/`. */
export function quotedScalar(text: string, start: number): ReadScalar | undefined {
  const pattern = text[start] === '"' ? doublePattern : singlePattern
  pattern.lastIndex = start
  const source = pattern.exec(text)?.[0]
  if (source === undefined) return undefined
  const inner = source.slice(1, -1)
  const value =
    source[0] === '"' ? inner.replaceAll(/\\(["\\/])/g, '$1') : inner.replaceAll("''", "'")
  return { value, start, end: start + source.length }
}

/** Letters, digits and the first characters of paths; then anything up to `: `, ` #` or the end of the line. */
const blockPattern = /[A-Za-z0-9_/.$](?:[^\s:#]|:(?=[^\s])|(?<=[^\s])#| +(?=[^\s#]))*(?<!:)/y

const flowPattern =
  /[A-Za-z0-9_/.$](?:[^\s:#,[\]{}"']|:(?=[^\s,[\]{}"'])| +(?=[A-Za-z0-9_/.$]))*(?<!:)/y

const doublePattern = /"(?:[^"\\\n\r\t]|\\["\\/])*"/y
const singlePattern = /'(?:[^'\n\r\t]|'')*'/y

/** Whatever may be a number in one notation or another; the whole parser knows. */
const numberLike = /^(?:0[ox][\da-f]+|\d*\.?\d*(?:e[-+]?\d*)?|\.(?:inf|nan))$/i

const words: ReadonlyMap<string, boolean | null> = new Map([
  ...['null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
])
