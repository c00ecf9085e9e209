// The accessControl of a Configuration as commands change it: a default, and one policy for each caller.
import { isAbout, type AccessAction } from '../core/access-control.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { listAt, textAt } from '../core/pointer.ts'
import { defaultTrustDomain, type CallerIdentity } from '../core/spiffe-id.ts'

/** The manifest of a Configuration that says nothing yet. */
export function bareConfiguration(name: string): JsonObject {
  return { apiVersion: 'dapr.io/v1alpha1', kind: 'Configuration', metadata: { name }, spec: {} }
}

export function withDefaultAction(manifest: JsonObject, action: AccessAction): JsonObject {
  return withBlock(manifest, { defaultAction: action })
}

/** The caller's own policies get this default, its operations stay; without any it gets a new one. */
export function withPolicy(
  manifest: JsonObject,
  caller: CallerIdentity,
  action: AccessAction,
): JsonObject {
  const policies = policiesOf(manifest)
  const changed = policies.map((policy) =>
    isPolicyOf(policy, caller) && isJsonObject(policy)
      ? { ...policy, defaultAction: action }
      : policy,
  )
  if (policies.some((policy) => isPolicyOf(policy, caller))) {
    return withBlock(manifest, { policies: changed })
  }
  const { appId, trustDomain } = caller
  const added = {
    appId,
    defaultAction: action,
    ...(trustDomain === defaultTrustDomain ? {} : { trustDomain }),
  }
  return withBlock(manifest, { policies: [...policies, added] })
}

export function withoutPolicy(manifest: JsonObject, caller: CallerIdentity): JsonObject {
  const policies = policiesOf(manifest)
  const left = policies.filter((policy) => !isPolicyOf(policy, caller))
  return left.length === policies.length ? manifest : withBlock(manifest, { policies: left })
}

/** The caller may call everything that no operation of its policy denies. The first grant closes the app to everybody else. */
export function granted(manifest: JsonObject, caller: CallerIdentity): JsonObject {
  const isFirst = policiesOf(manifest).length === 0
  const closed = isFirst || !isOpen(manifest) ? withDefaultAction(manifest, 'deny') : manifest
  return withPolicy(closed, caller, 'allow')
}

/** The caller may call nothing. Where everybody else may, that has to be written. */
export function revoked(manifest: JsonObject, caller: CallerIdentity): JsonObject {
  const without = withoutPolicy(manifest, caller)
  return isOpen(without)
    ? withPolicy(withDefaultAction(without, 'allow'), caller, 'deny')
    : withDefaultAction(without, 'deny')
}

/** Whether everybody may call who has no policy. */
export function isOpen(manifest: JsonObject): boolean {
  const action = textAt(manifest, `${block}/defaultAction`)
  return action === 'allow' || (action === undefined && policiesOf(manifest).length === 0)
}

export function policiesOf(manifest: JsonObject): readonly Json[] {
  return listAt(manifest, `${block}/policies`)
}

const block = '/spec/accessControl'

function isPolicyOf(policy: Json, caller: CallerIdentity): boolean {
  const read = {
    appId: textAt(policy, '/appId') ?? '',
    namespace: textAt(policy, '/namespace') || caller.namespace,
    trustDomain: textAt(policy, '/trustDomain') || defaultTrustDomain,
  }
  return isAbout(read, caller)
}

function withBlock(manifest: JsonObject, parts: JsonObject): JsonObject {
  const { spec } = manifest
  const members = isJsonObject(spec) ? spec : {}
  const accessControl = members['accessControl']
  const before = isJsonObject(accessControl) ? accessControl : {}
  return { ...manifest, spec: { ...members, accessControl: { ...before, ...parts } } }
}
