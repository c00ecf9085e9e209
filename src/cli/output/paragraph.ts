// Prose broken into lines.

const width = 80

/** Lines of at most 80 columns; the first starts with `lead`, the others are indented as far. Ends with a line break. */
export function wrapped(text: string, lead: string): string {
  const lines: string[] = []
  let line = lead
  for (const word of text.split(' ')) {
    const isFirst = line.length === lead.length
    if (!isFirst && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ' '.repeat(lead.length) + word
    } else line += isFirst ? word : ` ${word}`
  }
  return [...lines, line].map((finished) => `${finished}\n`).join('')
}
