// Settings that change headers: which are set to what, which are removed.
import { dashed } from './header-name.ts'
import { headerNameProblem, headerValueProblem } from './header-rules.ts'
import { isJsonObject } from './json.ts'
import type { RuleProblem } from './rule-problem.ts'
import { parseStrictJson } from './strict-json.ts'
import { readList, type Read } from './token-settings.ts'

/** Say who calls; they are for those who have checked it. */
const saysWhoCalls = /^(?:dapr-.*|authorization|proxy-.*|dpop)$/

/** `{"X-A": "a"}` */
export function readHeaderMap(text: string): Read<ReadonlyMap<string, string>> {
  const map = parseStrictJson(Buffer.from(text), 1)?.value
  const value = new Map<string, string>()
  const seen = new Set<string>()
  if (!isJsonObject(map)) return notMap
  for (const [name, content] of Object.entries(map)) {
    if (typeof content !== 'string') return notMap
    const problem = nameProblem(name, saysWhoCalls) ?? headerValueProblem(content)
    if (problem !== undefined) return problem
    if (seen.size === seen.add(dashed(name.toLowerCase())).size) {
      return { problem: `sets ${name} twice`, hint: 'Remove one of the two.' }
    }
    value.set(name, content)
  }
  return value.size > 0 ? { value } : notMap
}

const notMap: RuleProblem = {
  problem: 'is not a map of headers with their values',
  hint: 'Write {"X-Name": "value"}.',
}

/** Names of headers that may be removed; those of a caller's token are among them. */
export function readHeaderNames(text: string): Read<readonly string[]> {
  const list = readList(text)
  if ('problem' in list) return list
  const problem = list.value.map((name) => nameProblem(name, /^dapr-/)).find((found) => found)
  return problem ?? list
}

function nameProblem(name: string, refused: RegExp): RuleProblem | undefined {
  const problem = headerNameProblem(name)
  if (problem !== undefined || !refused.test(dashed(name.toLowerCase()))) return problem
  return {
    problem: `names the header ${name}, which says who calls`,
    hint: 'Use another header; a token is attached by middleware.http.oauth2 or by the headers of an HTTPEndpoint.',
  }
}
