// Text from outside as it may appear in a message or a log line.

const longest = 80

/** A name or value as it may appear in a sentence: quoted, clipped, without control characters. */
export function quote(text: string): string {
  return `"${printable(clip(text))}"`
}

/** The text with everything that could move a terminal's cursor or reorder it replaced. */
export function printable(text: string): string {
  // Control characters, bidirectional overrides, line separators, lone surrogates.
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, '\ufffd')
}

/** At most 80 UTF-16 code units. */
export function clip(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

/** A word that stays one word when it is pasted into a shell, whatever a client or a manifest made of it. */
export function shellWord(word: string): string {
  const isPlain = /^[A-Za-z0-9_@%+=:,./-]+$/.test(word)
  return isPlain ? word : `'${printable(word).replaceAll("'", String.raw`'\''`)}'`
}
