// Which HTTP header names and values may be set on a request.
import { hopByHopFields } from './hop-by-hop.ts'
import type { RuleProblem } from './rule-problem.ts'

/** RFC 9110 §5.6.2 */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/

/** Framing and routing, as hop-by-hop fields are: setting them would corrupt the message. */
const framing = new Set(['content-length', 'expect', 'host'])

/** Fields that say who calls or what the body is, or that browsers and servers keep for sessions. */
const neverTokens = /^(?:content-.*|proxy-.*|dapr-.*|(?:set-)?cookie2?)$/

/** What is wrong with a header name. */
export function headerNameProblem(name: string): RuleProblem | undefined {
  if (!token.test(name) || name === '__proto__') {
    return {
      problem: 'is not a valid header name',
      hint: 'Use letters, digits and "-", without spaces or ":", at most 128.',
    }
  }
  const field = name.toLowerCase()
  if (!framing.has(field) && !hopByHopFields.has(field)) return undefined
  return {
    problem: `names the header ${name}, which the sidecar sets itself`,
    hint: 'Use another header.',
  }
}

/** What is wrong with the name of a header that is to carry an access token. */
export function tokenHeaderProblem(name: string): RuleProblem | undefined {
  const problem = headerNameProblem(name)
  if (problem !== undefined || !neverTokens.test(name.toLowerCase())) return problem
  return {
    problem: `names the header ${name}, which must not carry a token`,
    hint: 'Use Authorization.',
  }
}

/** What is wrong with a header value. */
export function headerValueProblem(value: string): RuleProblem | undefined {
  // RFC 9110 §5.5: visible characters, space and tab; Latin-1 is what Node can send.
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value) && value === value.trim()) return undefined
  return {
    problem: 'contains a line break or another character that a header cannot carry',
    hint: 'Keep it on one line, in Latin letters, without white space at the ends.',
  }
}
