// Access control as daprd takes it (pkg/acl): policies with trust domain and namespace, methods in upper case.
import { isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import { listAt, textAt } from '../../../core/pointer.ts'
import type { Notes } from './notes.ts'

/** What Dapr assumes for App IDs that name none. */
const trustDomain = 'public'

export function kubernetesAccessControl(
  accessControl: JsonObject,
  notes: Notes,
  where: { readonly namespace: string; readonly project: string },
): JsonObject {
  const policies = listAt(accessControl, '/policies')
  if (policies.length > 0 && accessControl['defaultAction'] === undefined) {
    notes.warn('accessControl has no defaultAction: Dapr allows what no policy is about.')
  }
  return {
    ...accessControl,
    trustDomain: textAt(accessControl, '/trustDomain') ?? trustDomain,
    ...(policies.length === 0
      ? {}
      : { policies: policies.map((policy) => convertPolicy(policy, notes, where)) }),
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
    trustDomain: textAt(policy, '/trustDomain') ?? trustDomain,
    namespace: written ?? namespace,
    ...(operations.length === 0
      ? {}
      : { operations: operations.map((operation) => convertOperation(operation, notes)) }),
  }
}

/** Dapr compares methods by case, and takes no account of an operation without any. */
function convertOperation(operation: Json, notes: Notes): Json {
  if (!isJsonObject(operation)) return operation
  const verbs = listAt(operation, '/httpVerb').flatMap((verb) =>
    typeof verb === 'string' ? [verb.toUpperCase()] : [],
  )
  if (verbs.length > 0) return { ...operation, httpVerb: verbs }
  notes.remark(
    `Operation ${textAt(operation, '/name') ?? ''} is written with httpVerb "*": Dapr ignores one without methods.`,
  )
  return { ...operation, httpVerb: ['*'] }
}
