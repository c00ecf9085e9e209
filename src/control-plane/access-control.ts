// The accessControl block of a stored Configuration, read with what it leaves out filled in. What cannot be read denies.
import {
  type AccessAction,
  type AccessControl,
  type AccessOperation,
  type AccessPolicy,
} from '../core/access-control.ts'
import { isJsonObject, type Json } from '../core/json.ts'
import { joinPointer, listAt, textAt, valueAt } from '../core/pointer.ts'
import { placeAt } from './places.ts'
import type { KnownResource } from './resource-table.ts'
import { defaultTrustDomain } from '../core/spiffe-id.ts'

const block = '/spec/accessControl'

/** Undefined when the Configuration has no such block. `project` is the namespace of policies that name none. */
export function accessControlOf(
  configuration: KnownResource | undefined,
  project: string,
): AccessControl | undefined {
  const value = configuration === undefined ? undefined : valueAt(configuration.manifest, block)
  if (configuration === undefined || value === undefined) return undefined
  const policies = listAt(value, '/policies').map((policy, index) =>
    readPolicy(configuration, policy, {
      pointer: joinPointer(`${block}/policies`, index),
      project,
    }),
  )
  const written = textAt(value, '/defaultAction') ?? ''
  // Dapr's documentation: no policies allow everything, policies without a default deny the rest.
  const isOpen = isJsonObject(value) && written === '' && policies.length === 0
  return {
    defaultAction: isOpen ? 'allow' : actionOf(written),
    policies,
    place: placeAt(configuration, written === '' ? block : `${block}/defaultAction`),
  }
}

/** The trust domain of App IDs that run the Configuration, where it names one. */
export function trustDomainOf(configuration: KnownResource | undefined): string | undefined {
  const written =
    configuration === undefined ? undefined : textAt(configuration.manifest, `${block}/trustDomain`)
  return written === '' ? undefined : written
}

function readPolicy(
  configuration: KnownResource,
  policy: Json,
  { pointer, project }: { readonly pointer: string; readonly project: string },
): AccessPolicy {
  const text = (field: string): string => textAt(policy, `/${field}`) ?? ''
  const defaultAction = text('defaultAction')
  return {
    appId: text('appId'),
    namespace: text('namespace') || project,
    trustDomain: text('trustDomain') || defaultTrustDomain,
    defaultAction: defaultAction === '' ? undefined : actionOf(defaultAction),
    operations: listAt(policy, '/operations').map((operation, index) =>
      readOperation(configuration, operation, joinPointer(`${pointer}/operations`, index)),
    ),
    place: placeAt(configuration, `${pointer}/appId`),
  }
}

function readOperation(
  configuration: KnownResource,
  operation: Json,
  pointer: string,
): AccessOperation {
  return {
    name: textAt(operation, '/name') ?? '',
    verbs: listAt(operation, '/httpVerb').filter((verb) => typeof verb === 'string'),
    action: actionOf(textAt(operation, '/action') ?? ''),
    place: placeAt(configuration, `${pointer}/name`),
  }
}

/** Anything but "allow" denies, as in Dapr. */
function actionOf(written: string): AccessAction {
  return written.toLowerCase() === 'allow' ? 'allow' : 'deny'
}
