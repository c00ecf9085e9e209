// Why access control denied what somebody may have meant to allow: what comes close and does not count.
import { isAbout, type AccessOperation, type AccessPolicy } from '../core/access-control.ts'
import { PathPattern, segmentsOf } from '../core/path-pattern.ts'
import { quote } from '../core/quote.ts'
import type { AppSnapshot } from '../core/snapshot.ts'
import { spiffeId, type CallerIdentity } from '../core/spiffe-id.ts'
import { identitiesIn, type AccessRequest } from './access-control.ts'
import { decodePath } from '../core/request-target.ts'

/** One sentence each; empty when nothing comes close. */
export function accessHints(
  snapshot: AppSnapshot,
  { caller: { appId }, method, path }: AccessRequest,
): string[] {
  const policies = snapshot.accessControl?.policies ?? []
  if (appId === undefined) {
    return policies.length === 0
      ? []
      : ['A call through the ingress comes from nobody: no policy is about it.']
  }
  const caller = identitiesIn(snapshot)(appId)
  return policies
    .filter((policy) => policy.appId === appId)
    .flatMap((policy) =>
      isAbout(policy, caller)
        ? operationHints(policy, method, segmentsOf(decodePath(path)))
        : [foreign(policy, caller)],
    )
}

function foreign(policy: AccessPolicy, caller: CallerIdentity): string {
  return `The policy at ${policy.place} is about ${spiffeId(policy)}, not about ${spiffeId(caller)}.`
}

function operationHints(
  { operations }: AccessPolicy,
  method: string,
  path: readonly string[],
): string[] {
  return operations
    .filter(({ action, name }) => action === 'allow' && new PathPattern(name).fits(path))
    .flatMap((operation) => {
      const reason = whyNot(operation, method)
      return reason === undefined
        ? []
        : [`Operation ${quote(operation.name)} at ${operation.place} does not allow it: ${reason}.`]
    })
}

function whyNot({ verbs }: AccessOperation, method: string): string | undefined {
  if (verbs.length === 0) return 'it names no httpVerb, and is not counted then, as in Dapr'
  if (verbs.includes(method) || verbs.includes('*')) return 'another operation decides'
  const isSpelled = verbs.some((verb) => verb.toUpperCase() === method)
  return isSpelled ? 'verbs are upper case' : `it is for ${verbs.join(', ')}`
}
