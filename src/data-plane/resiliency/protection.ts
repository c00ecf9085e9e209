// The policies of a snapshot, ready for a call: looked up by target, with the breaker that counts for it.
import type { Clock } from '../../core/clock.ts'
import { policyFor, type ResiliencySpec } from '../../core/resiliency.ts'
import type { Breakers } from './breakers.ts'
import type { Protection } from './forward-again.ts'

/** Undefined when the target has no policies. `path` is empty where all of a target share a breaker. */
export type ProtectionOf = (target: string, path: string) => Protection | undefined

export function protectionOf(
  spec: ResiliencySpec,
  breakers: Breakers,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
): ProtectionOf {
  const now = (): number => clock.monotonic()
  return (target, path) => {
    const policy = policyFor(spec, target)
    if (policy === undefined || Object.keys(policy).length === 0) return undefined
    const { breaker } = policy
    const group = breaker === undefined ? undefined : breakers.group(target, breaker)
    return { policy, breaker: group?.get(path), now, random }
  }
}
