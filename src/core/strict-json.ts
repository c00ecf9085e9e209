// JSON that cannot be read in two ways: no duplicate names (RFC 8259 §4), bounded nesting, honest UTF-8 without a BOM.

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The value in `bytes`, or undefined for anything that two parsers could read differently, or that nests deeper. */
export function parseStrictJson(
  bytes: Uint8Array,
  deepest: number,
): { readonly value: unknown } | undefined {
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    return isUnambiguous(text, deepest) ? { value } : undefined
  } catch {
    return undefined
  }
}

/** Takes valid JSON only: there a string before a colon is a name of the innermost object. Linear in the text. */
function isUnambiguous(text: string, deepest: number): boolean {
  const open: Set<string>[] = []
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '{' || character === '[') {
      if (open.push(new Set()) > deepest) return false
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === '"') {
      const end = endOfString(text, at)
      if (isBeforeColon(text, end + 1) && !addName(text.slice(at, end + 1), open.at(-1))) {
        return false
      }
      at = end
    }
  }
  return true
}

/** Position of the quote that closes the string which opens at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1
  while (text[before] === '\\') before -= 1
  return (at - before) % 2 === 0
}

function isBeforeColon(text: string, from: number): boolean {
  let at = from
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1
  return text[at] === ':'
}

/** Decoded first: `"alg"` and `"\u0061lg"` are the same name. */
function addName(token: string, names: Set<string> | undefined): boolean {
  const name = token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1)
  if (names === undefined || names.has(name)) return false
  names.add(name)
  return true
}
