// The access control of a stored Configuration, and the trust domain it puts App IDs into.
import type { AccessControl } from '../core/access-control.ts'
import { textAt, valueAt } from '../core/pointer.ts'
import { accessControlPointer, readAccessControl } from '../core/read-access-control.ts'
import { placeAt } from './places.ts'
import type { KnownResource } from './resource-table.ts'

/** Undefined when the Configuration has no such block. */
export function accessControlOf(
  configuration: KnownResource | undefined,
  project: string,
): AccessControl | undefined {
  if (configuration === undefined) return undefined
  const block = valueAt(configuration.manifest, accessControlPointer)
  if (block === undefined) return undefined
  const placeOf = (pointer: string): string => placeAt(configuration, pointer)
  return readAccessControl(block, { project, placeOf })
}

/** The trust domain of App IDs that run the Configuration, where it names one. */
export function trustDomainOf(configuration: KnownResource | undefined): string | undefined {
  if (configuration === undefined) return undefined
  const written = textAt(configuration.manifest, `${accessControlPointer}/trustDomain`)
  return written === '' ? undefined : written
}
