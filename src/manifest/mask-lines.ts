// Finds what may be a secret in a text whose structure cannot be trusted, by lines: a misplaced quote or "#" makes
// tokens mean something else, and the person who made the mistake still has a secret on the screen.
import { isCredentialName } from './credentials.ts'
import type { Span } from './problem.ts'

/** How many lines above and below a credential's name its value may stand. */
const reach = 4

/** Keys whose values name things. */
const naming = /^(?:apiVersion|kind|type|version|name|key|envRef)$/

/** Spans in lines near the name of a credential: all that is not a key, or the value of a key that names things. */
export function suspectSpans(text: string): Span[] {
  const lines = linesOf(text)
  const spans: Span[] = []
  let lastName = -Infinity
  const near = new Set<number>()
  for (const [index, { content }] of lines.entries()) {
    if ((content.match(/[\w.-]+/g) ?? []).some(isCredentialName)) {
      const from = Math.max(index - reach, lastName + 1, 0)
      lastName = index + reach
      for (let line = from; line <= lastName; line += 1) near.add(line)
    }
  }
  for (const index of near) {
    const line = lines[index]
    if (line !== undefined) spans.push(...suspectPart(line))
  }
  return spans
}

/**
 * Spans of everything in documents that do not look like a manifest: whatever was named by mistake, such as a file of
 * secrets, is nothing to show.
 */
export function foreignSpans(text: string): Span[] {
  const spans: Span[] = []
  let start = 0
  for (const part of text.split(/^(?=---(?:\s|$))/m)) {
    const span = { start, end: start + part.length }
    start = span.end
    if (!envelope.test(part))
      spans.push({ ...span, start: span.start + (part.startsWith('---') ? 3 : 0) })
  }
  return spans
}

/** A value that only manifests have, in the place where they have it. */
const envelope =
  /(?:^|[{,\s])["']?(?:api_?version["']?\s*:.*(?:dapr|diagrid)|kind["']?\s*:\s*["']?[A-Z]\w+)/im

interface Line {
  readonly start: number
  readonly content: string
}

function suspectPart({ start, content }: Line): Span[] {
  const [all, indent = '', key, separator = ''] =
    /^([\s#-]*)(?:([\w.-]+)(["']?\s*:\s*))?/.exec(content) ?? []
  if (key !== undefined && naming.test(key)) {
    // `name: clientSecret` may be shown, `name: clientSecret value: hunter2` may not.
    if (/^["']?[\w.\-/]*["']?\s*$/.test(content.slice(all?.length ?? 0))) return []
  }
  const from = start + indent.length + (key?.length ?? 0) + separator.length
  const end = start + content.trimEnd().length
  return end > from ? [{ start: from, end }] : []
}

function linesOf(text: string): Line[] {
  let start = 0
  return text.split('\n').map((content) => {
    const line = { start, content }
    start += content.length + 1
    return line
  })
}
