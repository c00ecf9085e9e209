// `# mcpauth-ignore RULE -- REASON` silences a rule on the next line that is no comment.
import type { Diagnostic } from '../../core/diagnostic.ts'
import { hintWith, suggest } from '../../core/suggest.ts'
import { quote } from '../problem.ts'

interface IgnoreComment {
  readonly line: number
  readonly column: number
  /** The line that it speaks of. */
  readonly target: number
  readonly rules: readonly string[]
  readonly reason: string
  readonly length: number
}

/** Without what the comments in `text` silence, and with what is wrong with those comments. */
export function withoutIgnored(
  findings: readonly Diagnostic[],
  { file, text, known }: { file: string; text: string; known: ReadonlySet<string> },
): Diagnostic[] {
  const comments = ignoreComments(text)
  if (comments.length === 0) return [...findings]
  const used = new Set<string>()
  const valid = comments.filter(({ reason }) => reason !== '')
  const rest = findings.filter(({ rule, start }) => {
    const comment = valid.find(({ target, rules }) => target === start.line && rules.includes(rule))
    if (comment === undefined) return true
    used.add(`${comment.line} ${rule}`)
    return false
  })
  return [...rest, ...comments.flatMap((comment) => problemsOf(comment, { file, known, used }))]
}

const pattern = /^(\s*)#\s*mcpauth-ignore\b[ \t]*(.*)$/

function ignoreComments(text: string): IgnoreComment[] {
  if (!text.includes('mcpauth-ignore')) return []
  const lines = text.split(/\r?\n/)
  return lines.flatMap((line, index) => {
    const match = pattern.exec(line)
    if (match === null) return []
    const [, indent = '', rest = ''] = match
    const [names = '', ...reason] = rest.split('--')
    const below = lines.findIndex((other, at) => at > index && !/^\s*(?:#.*)?$/.test(other))
    return [
      {
        line: index + 1,
        column: indent.length + 1,
        target: below + 1,
        rules: names.split(/[\s,]+/).filter((name) => name !== ''),
        reason: reason.join('--').trim(),
        length: line.trim().length,
      },
    ]
  })
}

interface Context {
  readonly file: string
  readonly known: ReadonlySet<string>
  readonly used: ReadonlySet<string>
}

function problemsOf(comment: IgnoreComment, { file, known, used }: Context): Diagnostic[] {
  const { line, column, length, rules, reason } = comment
  const place = {
    file,
    start: { line, column },
    end: { line, column: column + length },
  }
  if (reason === '' || rules.length === 0) {
    const message = 'An ignore comment needs a rule and a reason.'
    const hint = 'Write: # mcpauth-ignore RULE -- why it is right here.'
    return [{ ...place, severity: 'error', rule: 'ignore-reason', message, hint }]
  }
  return rules.flatMap((rule): Diagnostic[] => {
    if (!known.has(rule)) {
      const message = `There is no rule ${quote(rule)}.`
      const closest = suggest(rule, known)
      const hint = hintWith(closest, 'See docs/rules for the rules there are.')
      return [{ ...place, severity: 'warning', rule: 'unused-ignore', message, hint }]
    }
    if (used.has(`${line} ${rule}`)) return []
    const message = `The rule ${quote(rule)} finds nothing on the next line.`
    return [
      {
        ...place,
        severity: 'warning',
        rule: 'unused-ignore',
        message,
        hint: 'Remove the comment.',
      },
    ]
  })
}
