// Policies of a Resiliency as a sidecar runs them, and the texts that they are written in.
import type { RuleProblem } from './rule-problem.ts'
import { parseSeconds } from './setting-values.ts'

export interface RetrySpec {
  readonly policy: 'constant' | 'exponential'
  /** Between two attempts of a constant retry, in ms. */
  readonly durationMs: number
  /** Longest pause of an exponential retry, in ms. */
  readonly maxIntervalMs: number
  /** After the first attempt; -1 is without end. */
  readonly maxRetries: number
  /** The failures that are tried again; absent: all of them. */
  readonly statusCodes?: readonly StatusRange[]
}

/** Inclusive. */
export type StatusRange = readonly [first: number, last: number]

export interface BreakerSpec {
  readonly maxRequests: number
  /** 0: what a closed breaker counted is never forgotten. */
  readonly intervalMs: number
  readonly timeoutMs: number
  /** CEL; absent: more than five failures in a row. */
  readonly trip?: string
  /** How many of it are kept for one target. */
  readonly cacheSize: number
}

/** What holds for the calls to one target. */
export interface TargetPolicy {
  /** How long the answer to one attempt may take to begin. */
  readonly timeoutMs?: number
  readonly retry?: RetrySpec
  readonly breaker?: BreakerSpec
}

/** All that holds for the calls of one App ID. */
export interface ResiliencySpec {
  /** Of the resources it comes from. */
  readonly names: readonly string[]
  /** App ID, HTTPEndpoint or origin → its policies. */
  readonly targets: Readonly<Record<string, TargetPolicy>>
  /** For all other targets. */
  readonly fallback?: TargetPolicy
}

/** What holds for calls to `target`, if anything does. */
export function policyFor(spec: ResiliencySpec, target: string): TargetPolicy | undefined {
  return Object.hasOwn(spec.targets, target) ? spec.targets[target] : spec.fallback
}

export const defaultCacheSize = 100

/** What Dapr reads where a policy says nothing (kit retry.DefaultConfig, gobreaker). */
export const policyDefaults = {
  durationMs: 5_000,
  maxIntervalMs: 60_000,
  maxRetries: -1,
  maxRequests: 1,
  intervalMs: 0,
  timeoutMs: 60_000,
} as const

/** As long as a timer can run, in ms. */
const longestMs = 2_147_483_647

/** A Go duration, or a whole number of milliseconds; undefined for anything else. */
export function parseMilliseconds(text: string): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Math.min(Number(text), longestMs)
  const seconds = parseSeconds(text)
  return seconds === undefined ? undefined : Math.min(seconds * 1000, longestMs)
}

export function millisecondsProblem(text: string): RuleProblem | undefined {
  if (parseMilliseconds(text) !== undefined) return undefined
  return {
    problem: 'is not a duration',
    hint: 'Write a number and a unit, such as "500ms" or "1m30s"; a plain number is milliseconds.',
  }
}

/** `429,501-503`; undefined for what names no status codes of HTTP. */
export function parseStatusCodes(text: string): StatusRange[] | undefined {
  const ranges = text.split(',').map((part): StatusRange | undefined => {
    const [, first, last = first] = /^\s*([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?\s*$/.exec(part) ?? []
    if (first === undefined || last === undefined || Number(first) > Number(last)) return undefined
    return [Number(first), Number(last)]
  })
  return ranges.includes(undefined) ? undefined : ranges.filter((range) => range !== undefined)
}

export function statusCodesProblem(text: string): RuleProblem | undefined {
  if (parseStatusCodes(text) !== undefined) return undefined
  return {
    problem: 'is no list of status codes',
    hint: 'Write codes from 100 to 599 and ranges of them, such as "429,501-503".',
  }
}
