// The policies of all Resiliency resources in scope, by the target that they are for.
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { textAt, valueAt } from '../core/pointer.ts'
import {
  defaultCacheSize,
  parseMilliseconds,
  parseStatusCodes,
  policyDefaults,
  type BreakerSpec,
  type ResiliencySpec,
  type RetrySpec,
  type TargetPolicy,
} from '../core/resiliency.ts'
import type { KnownResource } from './resource-table.ts'

/** Undefined without any. Of two that are about one target, or define one default, the later by name counts. */
export function resiliencySpec(resources: readonly KnownResource[]): ResiliencySpec | undefined {
  if (resources.length === 0) return undefined
  const sorted = resources.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const targets = new Map<string, TargetPolicy>()
  let fallback: TargetPolicy = {}
  for (const { manifest } of sorted) {
    const policies = objectAt(manifest, '/spec/policies')
    for (const [name, target] of Object.entries(objectAt(manifest, '/spec/targets/apps'))) {
      targets.set(name, policyOf(policies, namesOf(target)))
    }
    fallback = { ...fallback, ...policyOf(policies, defaultNames(policies)) }
  }
  return {
    names: sorted.map(({ name }) => name),
    targets: Object.fromEntries(targets),
    ...(Object.keys(fallback).length === 0 ? {} : { fallback }),
  }
}

/** The names that a target, or the defaults, have for their policies. */
interface PolicyNames {
  readonly timeout?: string | undefined
  readonly retry?: string | undefined
  readonly circuitBreaker?: string | undefined
  readonly cacheSize?: number
}

function namesOf(target: Json): PolicyNames {
  const cacheSize = valueAt(target, '/circuitBreakerCacheSize')
  return {
    timeout: textAt(target, '/timeout'),
    retry: textAt(target, '/retry'),
    circuitBreaker: textAt(target, '/circuitBreaker'),
    ...(typeof cacheSize === 'number' && cacheSize > 0 ? { cacheSize } : {}),
  }
}

/** Dapr looks for the policy of the type first (pkg/resiliency getDefaultPolicy); calls here are all of type App. */
function defaultNames(policies: JsonObject): PolicyNames {
  const named = (section: string, what: string): string | undefined =>
    [`DefaultApp${what}Policy`, `Default${what}Policy`].find((name) =>
      Object.hasOwn(objectAt(policies, `/${section}`), name),
    )
  return {
    timeout: named('timeouts', 'Timeout'),
    retry: named('retries', 'Retry'),
    circuitBreaker: named('circuitBreakers', 'CircuitBreaker'),
  }
}

function policyOf(policies: JsonObject, names: PolicyNames): TargetPolicy {
  const timeoutMs = millisecondsIn(objectAt(policies, '/timeouts'), names.timeout)
  const retry = memberOf(policies, '/retries', names.retry)
  const breaker = memberOf(policies, '/circuitBreakers', names.circuitBreaker)
  const cacheSize = names.cacheSize ?? defaultCacheSize
  return {
    ...(timeoutMs === undefined || timeoutMs === 0 ? {} : { timeoutMs }),
    ...(retry === undefined ? {} : { retry: retryOf(retry) }),
    ...(breaker === undefined ? {} : { breaker: breakerOf(breaker, cacheSize) }),
  }
}

function memberOf(policies: JsonObject, section: string, name = ''): JsonObject | undefined {
  const members = objectAt(policies, section)
  const member = Object.hasOwn(members, name) ? members[name] : undefined
  return isJsonObject(member) ? member : undefined
}

function retryOf(retry: JsonObject): RetrySpec {
  const { durationMs, maxIntervalMs, maxRetries } = policyDefaults
  const codes = textAt(retry, '/matching/httpStatusCodes')
  const statusCodes = codes === undefined || codes === '' ? undefined : parseStatusCodes(codes)
  return {
    policy: textAt(retry, '/policy') === 'exponential' ? 'exponential' : 'constant',
    durationMs: millisecondsIn(retry, 'duration') ?? durationMs,
    maxIntervalMs: millisecondsIn(retry, 'maxInterval') ?? maxIntervalMs,
    maxRetries: numberIn(retry, 'maxRetries') ?? maxRetries,
    ...(statusCodes === undefined ? {} : { statusCodes }),
  }
}

function breakerOf(breaker: JsonObject, cacheSize: number): BreakerSpec {
  const { maxRequests, intervalMs, timeoutMs } = policyDefaults
  const trip = textAt(breaker, '/trip')
  return {
    maxRequests: numberIn(breaker, 'maxRequests') || maxRequests,
    intervalMs: millisecondsIn(breaker, 'interval') ?? intervalMs,
    timeoutMs: millisecondsIn(breaker, 'timeout') || timeoutMs,
    ...(trip === undefined || trip === '' ? {} : { trip }),
    cacheSize,
  }
}

function millisecondsIn(owner: JsonObject, name = ''): number | undefined {
  const text = Object.hasOwn(owner, name) ? owner[name] : undefined
  return typeof text === 'string' ? parseMilliseconds(text) : undefined
}

function numberIn(owner: JsonObject, name: string): number | undefined {
  const value = owner[name]
  return typeof value === 'number' ? value : undefined
}

function objectAt(value: JsonObject, pointer: string): JsonObject {
  const found = valueAt(value, pointer)
  return isJsonObject(found) ? found : {}
}
