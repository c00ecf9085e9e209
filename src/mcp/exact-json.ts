// JSON that is changed in one place and keeps the text of its numbers everywhere else.

/** V8 has these since Node 21 (ECMA-262 proposal-json-parse-with-source); the libraries of TypeScript do not. */
interface JsonWithSource {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown
  rawJSON(text: string): unknown
}

/**
 * JSON.parse, except that `JSON.stringify` writes every number of the value as it stood: a bound such as
 * 18446744073709551615 in the schema of a tool would lose its last digits.
 */
export function parseKeepingNumbers(text: string): unknown {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see JsonWithSource
  const json = JSON as unknown as JsonWithSource
  // Ids are compared, so those that a number holds exactly stay numbers.
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? json.rawJSON(source)
      : value,
  )
}
