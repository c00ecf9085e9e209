// The accessControl block of a Configuration, read with what it leaves out filled in. What cannot be read denies.
import type {
  AccessAction,
  AccessControl,
  AccessOperation,
  AccessPolicy,
} from './access-control.ts'
import { isJsonObject, type Json } from './json.ts'
import { joinPointer, listAt, textAt } from './pointer.ts'
import { defaultTrustDomain } from './spiffe-id.ts'

export const accessControlPointer = '/spec/accessControl'

export interface AccessControlReading {
  /** The namespace of policies that name none. */
  readonly project: string
  /** The place of an RFC 6901 pointer into the manifest, as decisions are to name it. */
  readonly placeOf: (pointer: string) => string
}

/** `block` is the value at `accessControlPointer`. */
export function readAccessControl(block: Json, reading: AccessControlReading): AccessControl {
  const list = `${accessControlPointer}/policies`
  const policies = listAt(block, '/policies').map((policy, index) =>
    readPolicy(policy, joinPointer(list, index), reading),
  )
  const written = textAt(block, '/defaultAction') ?? ''
  // Dapr's documentation: no policies allow everything, policies without a default deny the rest.
  const isOpen = isJsonObject(block) && written === '' && policies.length === 0
  const pointer = written === '' ? accessControlPointer : `${accessControlPointer}/defaultAction`
  return {
    defaultAction: isOpen ? 'allow' : actionOf(written),
    policies,
    place: reading.placeOf(pointer),
  }
}

function readPolicy(policy: Json, pointer: string, reading: AccessControlReading): AccessPolicy {
  const text = (field: string): string => textAt(policy, `/${field}`) ?? ''
  const defaultAction = text('defaultAction')
  return {
    appId: text('appId'),
    namespace: text('namespace') || reading.project,
    trustDomain: text('trustDomain') || defaultTrustDomain,
    defaultAction: defaultAction === '' ? undefined : actionOf(defaultAction),
    operations: listAt(policy, '/operations').map((operation, index) =>
      readOperation(operation, joinPointer(`${pointer}/operations`, index), reading),
    ),
    place: reading.placeOf(`${pointer}/appId`),
  }
}

function readOperation(
  operation: Json,
  pointer: string,
  { placeOf }: AccessControlReading,
): AccessOperation {
  return {
    name: textAt(operation, '/name') ?? '',
    verbs: listAt(operation, '/httpVerb').filter((verb) => typeof verb === 'string'),
    action: actionOf(textAt(operation, '/action') ?? ''),
    place: placeOf(`${pointer}/name`),
  }
}

/** Anything but "allow" denies, as in Dapr. */
function actionOf(written: string): AccessAction {
  return written.toLowerCase() === 'allow' ? 'allow' : 'deny'
}
