// A command written as one text → its words.

/** Splits at blanks outside quotes; no shell reads it. Undefined when a quotation mark has no end. */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = []
  const part = /\s*((?:[^\s"']+|"[^"]*"|'[^']*')+)/y
  const trimmed = text.trim()
  while (part.lastIndex < trimmed.length) {
    const found = part.exec(trimmed)
    if (found === null) return undefined
    words.push((found[1] ?? '').replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'))
  }
  return words
}
