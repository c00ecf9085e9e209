// The key sets of this process: handlers that trust the same place share one, across reloads too.
import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import { sendControlRequest } from './control-request.ts'
import { KeySet } from './key-set.ts'
import { createLeases } from './leases.ts'
import type { Lease } from './leases.ts'
import { createKeyLoader } from './load-keys.ts'
import type { KeyLocation } from './load-keys.ts'

const acquire = createLeases<KeySet>()

/** The keys at that exact URL or of that exact issuer, never of an issuer that a token names. Does no I/O. */
export function acquireKeySet(
  location: KeyLocation,
  parts: { readonly clock: Clock; readonly logger: Logger },
): Lease<KeySet> {
  return acquire(parts.clock, JSON.stringify(location), () => {
    const load = createKeyLoader(location, { send: sendControlRequest, clock: parts.clock })
    return new KeySet({ ...parts, load })
  })
}
