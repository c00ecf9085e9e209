// Who may call this App ID: decided on the callee's side, before its appHttpPipeline, for every call but its own.
import type { Caller } from '../core/exchange.ts'
import { McpAuthError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'

/**
 * Throws ACCESS_DENIED unless the Configuration's accessControl lets everybody in. Policies are not evaluated yet, and a rule
 * that cannot be evaluated refuses: letting the call through would be failing open.
 */
export function enforceAccessControl(
  accessControl: JsonObject | undefined,
  caller: Caller,
  appId: string,
): void {
  if (accessControl === undefined || letsEverybodyIn(accessControl)) return
  throw new McpAuthError(
    'ACCESS_DENIED',
    `Access control of ${appId} refuses ${caller.appId ?? 'an unknown caller'}.`,
    { detail: 'this version evaluates no accessControl policies' },
  )
}

function letsEverybodyIn(accessControl: JsonObject): boolean {
  const { defaultAction, policies } = accessControl
  return (
    (defaultAction ?? 'allow') === 'allow' &&
    (policies === undefined || (Array.isArray(policies) && policies.length === 0))
  )
}
