// SPIFFE IDs: who a sidecar says that it calls for, in the form that Dapr and Catalyst give App IDs.

/** Dapr's, where the Configuration of an App ID names none. */
export const defaultTrustDomain = 'public'

/** The SPIFFE ID standard, §2.1. */
export function isTrustDomain(text: string): boolean {
  return /^[a-z0-9._-]{1,255}$/.test(text)
}

export function spiffeId(caller: {
  readonly trustDomain: string
  /** The project. */
  readonly namespace: string
  readonly appId: string
}): string {
  return `spiffe://${caller.trustDomain}/ns/${caller.namespace}/${caller.appId}`
}
