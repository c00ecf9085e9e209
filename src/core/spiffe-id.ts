// Who an App ID is beyond its project, and its SPIFFE ID, in the form that Dapr and Catalyst give App IDs.

/** Who calls, as in `spiffe://<trust domain>/ns/<namespace>/<App ID>`. */
export interface CallerIdentity {
  readonly appId: string
  /** The project. */
  readonly namespace: string
  readonly trustDomain: string
}

/** Dapr's, where the Configuration of an App ID names none. */
export const defaultTrustDomain = 'public'

/** The SPIFFE ID standard, §2.1. */
export function isTrustDomain(text: string): boolean {
  return /^[a-z0-9._-]{1,255}$/.test(text)
}

export function spiffeId({ appId, namespace, trustDomain }: CallerIdentity): string {
  return `spiffe://${trustDomain}/ns/${namespace}/${appId}`
}
