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
 * Spans of everything in documents that look neither like a manifest nor like a file of mcpauth's own: whatever was named
 * by mistake, such as a file of secrets, is nothing to show. What a run file gives to programs may be a secret.
 */
export function foreignSpans(text: string): Span[] {
  const spans: Span[] = []
  let start = 0
  for (const part of text.split(/^(?=---(?:\s|$))/m)) {
    const span = { start, end: start + part.length }
    start = span.end
    const skip = part.startsWith('---') ? 3 : 0
    const own = ownFiles.find(({ mark }) => version.test(part) && mark.test(part))
    if (own !== undefined) {
      const lines = linesOf(part).map((line) => ({ ...line, start: line.start + span.start }))
      spans.push(...lines.flatMap((line) => suspectPart(line, own.plain)))
    } else if (!envelope.test(part)) spans.push({ ...span, start: span.start + skip })
  }
  return spans
}

/** A value that only manifests have, in the place where they have it. */
const envelope =
  /(?:^|[{,\s])["']?(?:api_?version["']?\s*:.*(?:dapr|diagrid)|kind["']?\s*:\s*["']?[A-Z]\w+)/im

const version = /^version\s*:\s*1\s*$/m

/** Fields of a run file that a program is not given. */
const plainRunFields =
  /^(?:version|common|apps|idp|app(?:ID|DirPath|Port|Protocol|Config|LogDestination|Health\w+|MaxConcurrency)|dapr\w+|enable\w+|logLevel|ingressPort|resourcesPaths?|configFilePath|maxBodySize|readBufferSize)$/

const plainCaseFields = /^(?:version|cases|name|caller|target|path|method|tokenFile|expect|status)$/

/** What tells files of mcpauth's own from others, and which of their fields are no secret. */
const ownFiles = [
  { mark: /^apps\s*:\s*$/m, plain: plainRunFields },
  { mark: /^cases\s*:\s*$/m, plain: plainCaseFields },
]

interface Line {
  readonly start: number
  readonly content: string
}

/** The span of a line less its key; none when it is the plain value of a key in `shown`. */
function suspectPart({ start, content }: Line, shown = naming): Span[] {
  const [all = '', indent = '', key = '', separator = ''] =
    /^([\s#-]*)(?:([\w.-]+)(["']?\s*:\s*))?/.exec(content) ?? []
  // `name: clientSecret` may be shown, `name: clientSecret value: hunter2` may not.
  if (shown.test(key) && /^["']?[\w.\-/]*["']?\s*$/.test(content.slice(all.length))) return []
  const from = start + indent.length + key.length + separator.length
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
