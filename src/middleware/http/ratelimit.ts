// middleware.http.ratelimit: so many requests a second of one caller, and no more.
import type { Exchange } from '../../core/exchange.ts'
import type { RateLimitMetadata } from '../../core/generated/types.ts'
import { answer } from '../answer.ts'
import { readMetadata } from '../metadata.ts'
import type { Middleware } from '../middleware.ts'
import { TokenBuckets } from '../token-buckets.ts'

type Field = keyof RateLimitMetadata

/** Dapr's (ratelimit_middleware.go, defaultMaxRequestsPerSecond). */
const defaultRate = 100

export const rateLimit: Middleware = {
  type: 'middleware.http.ratelimit',
  version: 'v1',
  provision(metadata, context) {
    const reader = readMetadata<Field>(metadata, context)
    const rate =
      reader.number('maxRequestsPerSecond', { min: 0.001, max: 1_000_000 }) ?? defaultRate
    const buckets = new TokenBuckets(context.clock, rate, Math.max(1, Math.floor(rate)))
    return {
      summary: `${rate} requests a second of each caller`,
      onRequest(exchange) {
        const wait = buckets.take(keyOf(exchange))
        if (wait === 0) return undefined
        return answer({
          status: 429,
          code: 'RATE_LIMITED',
          message: 'You have reached maximum request limit.',
          headers: [
            'retry-after',
            String(Math.max(1, Math.ceil(wait / 1000))),
            'x-rate-limit-limit',
            rate.toFixed(2),
            'x-rate-limit-duration',
            '1',
          ],
        })
      },
    }
  },
}

/** No header: a caller could be somebody else with every request. */
function keyOf({ caller, remoteAddress }: Exchange): string {
  return caller.appId === undefined ? `at ${remoteAddress ?? 'nowhere'}` : caller.appId
}
