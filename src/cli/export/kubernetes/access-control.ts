// Access control as daprd takes it (pkg/acl): policies with trust domain and namespace, what is denied denied there.
import { isAbout } from '../../../core/access-control.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import { passedOver } from '../../../core/passed-over.ts'
import { listAt, textAt } from '../../../core/pointer.ts'
import { readAccessControl } from '../../../core/read-access-control.ts'
import { defaultTrustDomain } from '../../../core/spiffe-id.ts'
import type { Notes } from './notes.ts'

export function kubernetesAccessControl(
  accessControl: JsonObject,
  notes: Notes,
  where: { readonly namespace: string; readonly project: string },
): JsonObject {
  const policies = listAt(accessControl, '/policies')
  const isBare = policies.length > 0 && accessControl['defaultAction'] === undefined
  if (isBare) {
    notes.remark(
      'defaultAction is written as deny, which it is here: Dapr allows what no policy is about.',
    )
  }
  const converted: JsonObject = {
    ...accessControl,
    ...(isBare ? { defaultAction: 'deny' } : {}),
    trustDomain: textAt(accessControl, '/trustDomain') ?? defaultTrustDomain,
    ...(policies.length === 0
      ? {}
      : { policies: policies.map((policy) => convertPolicy(policy, notes, where)) }),
  }
  warnOfOpenings(converted, notes, where.namespace)
  return converted
}

/** What is denied here and not there. */
function warnOfOpenings(accessControl: JsonObject, notes: Notes, project: string): void {
  const control = readAccessControl(accessControl, { project, placeOf: () => '' })
  const { policies } = control
  for (const [index, policy] of policies.entries()) {
    if (policies.slice(index + 1).some((later) => isAbout(policy, later))) {
      notes.warn(
        `Of the policies for ${policy.appId} Dapr obeys the last alone; here each can deny.`,
      )
    }
    for (const { operation, path, method } of passedOver(control, policy)) {
      const { name = '' } = policy.operations[operation] ?? {}
      notes.warn(
        `Dapr lets ${policy.appId} through at ${method} ${path}, which operation ${name} denies here.`,
      )
    }
  }
}

function convertPolicy(
  policy: Json,
  notes: Notes,
  { namespace, project }: { readonly namespace: string; readonly project: string },
): Json {
  if (!isJsonObject(policy)) return policy
  const written = textAt(policy, '/namespace')
  if (written === project && written !== namespace) {
    notes.warn(
      `The policy of ${textAt(policy, '/appId') ?? ''} keeps its namespace "${written}"; what is exported is in "${namespace}".`,
    )
  }
  const operations = listAt(policy, '/operations')
  return {
    ...policy,
    trustDomain: textAt(policy, '/trustDomain') ?? defaultTrustDomain,
    namespace: written ?? namespace,
    ...(operations.length === 0
      ? {}
      : { operations: operations.map((operation) => convertOperation(operation, notes)) }),
  }
}

/** Dapr compares methods by case, and takes no account of an operation without any. An allow counts no more here. */
function convertOperation(operation: Json, notes: Notes): Json {
  if (!isJsonObject(operation)) return operation
  const verbs = listAt(operation, '/httpVerb').flatMap((verb) =>
    typeof verb === 'string' ? [verb.toUpperCase()] : [],
  )
  const name = textAt(operation, '/name') ?? ''
  if (textAt(operation, '/action') === 'allow') {
    if (verbs.length === 0) notes.remark(`Operation ${name} allows nothing: it has no httpVerb.`)
    return operation
  }
  if (verbs.length > 0) return { ...operation, httpVerb: verbs }
  notes.remark(`Operation ${name} is written with httpVerb "*": Dapr ignores one without methods.`)
  return { ...operation, httpVerb: ['*'] }
}
