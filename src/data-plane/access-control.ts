// Who may call this App ID: decided on the callee's side, before its appHttpPipeline, for every call, its own included.
import {
  compileAccessControl,
  type AccessCheck,
  type AccessDecision,
} from '../core/access-control.ts'
import { McpAuthError } from '../core/errors.ts'
import type { Caller } from '../core/exchange.ts'
import { clip, quote } from '../core/quote.ts'
import type { AppSnapshot } from '../core/snapshot.ts'
import { decodePath } from '../core/request-target.ts'
import { defaultTrustDomain, spiffeId, type CallerIdentity } from '../core/spiffe-id.ts'

/** What is asked of access control: a request, as far as it is known before any handler. */
export interface AccessRequest {
  readonly caller: Caller
  readonly method: string
  /** Normalized, as `parseTarget` returns it. */
  readonly path: string
}

export interface AccessVerdict extends AccessDecision {
  readonly caller: CallerIdentity | undefined
}

/** Compiled once for a snapshot; undefined when nothing is controlled. */
export type AccessControlCheck = (request: AccessRequest) => AccessVerdict

/** The one engine behind the sidecar and `mcpauth access test`. */
export function accessControlCheck(snapshot: AppSnapshot): AccessControlCheck | undefined {
  if (snapshot.accessControl === undefined) return undefined
  const check: AccessCheck = compileAccessControl(snapshot.accessControl)
  const identityOf = identitiesIn(snapshot)
  return ({ caller: { appId }, method, path }) => {
    const caller = appId === undefined ? undefined : identityOf(appId)
    return { caller, ...check({ caller, method, path: decodePath(path) }) }
  }
}

/** The identity of each App ID of the project: the record says in which trust domain it is, never a caller. */
export function identitiesIn(snapshot: AppSnapshot): (appId: string) => CallerIdentity {
  const { project: namespace, peers } = snapshot
  const trustDomains = new Map(
    [snapshot, ...peers].map(({ appId, trustDomain }) => [appId, trustDomain]),
  )
  return (appId) => ({
    appId,
    namespace,
    trustDomain: trustDomains.get(appId) ?? defaultTrustDomain,
  })
}

/**
 * What allowed the call, for the log; undefined when nothing is controlled. Throws ACCESS_DENIED with Dapr's sentence, and
 * with what denied it as the detail, which is for the log alone.
 */
export function enforceAccessControl(
  check: AccessControlCheck | undefined,
  request: AccessRequest,
): string | undefined {
  const verdict = check?.(request)
  if (verdict === undefined) return undefined
  if (verdict.allowed) return `${groundOf(verdict)} allows (${verdict.place})`
  const id = verdict.caller === undefined ? '(anonymous)' : spiffeId(verdict.caller)
  throw new McpAuthError(
    'ACCESS_DENIED',
    `access control policy has denied access to id: ${id} operation: ${clip(request.path)} verb: ${request.method}`,
    { detail: `${groundOf(verdict)} denies (${verdict.place})` },
  )
}

/** What decided, as a sentence names it. */
export function groundOf({ policy, operation, caller }: AccessVerdict): string {
  if (policy === undefined) return 'the defaultAction of accessControl'
  const policyName = `the policy for ${quote(policy.appId)}`
  const about = caller === undefined ? ', which an anonymous caller may be,' : ''
  if (operation === undefined) return `the default of ${policyName}${about}`
  return `operation ${quote(operation.name)} of ${policyName}${about}`
}
