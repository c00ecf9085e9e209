// The texts that settings of a component may have: numbers, durations, booleans, URIs, query strings.
import type { RuleProblem } from './rule-problem.ts'

/** Inclusive. */
export interface Bounds {
  readonly min?: number | undefined
  readonly max?: number | undefined
}

/** The spellings that Dapr takes (kit/utils/strings.go), without regard to case; undefined for anything else. */
export function parseBoolean(text: string): boolean | undefined {
  return truth.get(text.toLowerCase())
}

const truth: ReadonlyMap<string, boolean> = new Map([
  ...['y', 'yes', 'true', 't', 'on', '1'].map((word) => [word, true] as const),
  ...['n', 'no', 'false', 'f', 'off', '0'].map((word) => [word, false] as const),
])

/** Digits only. */
export function parseInteger(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** Digits, and more of them after a point. */
export function parseNumber(text: string): number | undefined {
  return /^\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : undefined
}

/** A Go duration such as `1m30s` (time.ParseDuration, without a sign), or whole seconds; gives seconds. */
export function parseSeconds(text: string): number | undefined {
  const whole = parseInteger(text)
  if (whole !== undefined) return whole
  if (!/^(?:\d{1,15}(?:\.\d{1,9})?(?:ms|us|µs|ns|h|m|s))+$/.test(text)) return undefined
  let seconds = 0
  for (const [, amount, unit = ''] of text.matchAll(/([\d.]+)([a-zµ]+)/g)) {
    seconds += Number(amount) * (unitSeconds.get(unit) ?? Number.NaN)
  }
  return seconds
}

const unitSeconds: ReadonlyMap<string, number> = new Map([
  ['h', 3600],
  ['m', 60],
  ['s', 1],
  ['ms', 1e-3],
  ['us', 1e-6],
  ['µs', 1e-6],
  ['ns', 1e-9],
])

/** What is wrong with a boolean. */
export function booleanProblem(text: string): RuleProblem | undefined {
  if (parseBoolean(text) !== undefined) return undefined
  return { problem: 'is neither true nor false', hint: 'Write "true" or "false".' }
}

/** What is wrong with a whole number. */
export function integerProblem(text: string, bounds: Bounds): RuleProblem | undefined {
  const value = parseInteger(text)
  if (value !== undefined) return boundsProblem(value, bounds, '')
  return { problem: 'is not a whole number', hint: 'Write digits only.' }
}

/** What is wrong with a number. */
export function numberProblem(text: string, bounds: Bounds): RuleProblem | undefined {
  const value = parseNumber(text)
  if (value !== undefined) return boundsProblem(value, bounds, '')
  return { problem: 'is not a number', hint: 'Write digits, such as "10" or "0.5".' }
}

/** What is wrong with a duration; `bounds` are seconds. */
export function durationProblem(text: string, bounds: Bounds): RuleProblem | undefined {
  const value = parseSeconds(text)
  if (value !== undefined) return boundsProblem(value, bounds, ' seconds')
  return {
    problem: 'is not a duration',
    hint: 'Write a number and a unit, such as "90s" or "1m30s".',
  }
}

/** What is wrong with an absolute URI without a fragment (RFC 8707 §2). */
export function uriProblem(text: string): RuleProblem | undefined {
  if (/^[a-z][a-z0-9+.-]*:[^\s#]+$/i.test(text) && URL.canParse(text)) return undefined
  return {
    problem: 'is not an absolute URI without a fragment',
    hint: 'Write the URI of the server that the token is for.',
  }
}

/** Name → value, in the order written. */
export type QueryParameters = readonly (readonly [name: string, value: string])[]

/** Further parameters of a token request as a query string, or what is wrong with them. */
export function readTokenParameters(
  text: string,
): { readonly parameters: QueryParameters } | RuleProblem {
  // Dapr logs what Go's ParseQuery refuses and goes on without it; a parameter that is silently missing is worse.
  if (/[;\s]|^\?/.test(text) || !isDecodable(text)) {
    return { problem: 'is not a query string', hint: 'Write name=value&name=value.' }
  }
  const parameters = [...new URLSearchParams(text)]
  for (const [name] of parameters) {
    if (name === '') {
      return { problem: 'has a parameter without a name', hint: 'Write name=value&name=value.' }
    }
    if (grantParameters.has(name)) {
      return { problem: `must not set ${name}`, hint: `Leave ${name} out of it.` }
    }
  }
  return { parameters }
}

/** Set from other settings; a second value would be ambiguous (RFC 6749 §3.2). */
const grantParameters = new Set([
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'scope',
])

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function boundsProblem(value: number, { min, max }: Bounds, unit: string): RuleProblem | undefined {
  if (min !== undefined && value < min) {
    return { problem: `is less than ${min}${unit}`, hint: 'Raise it.' }
  }
  if (max !== undefined && value > max) {
    return { problem: `is more than ${max}${unit}`, hint: 'Lower it.' }
  }
  return undefined
}
