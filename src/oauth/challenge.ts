// The WWW-Authenticate header of a refused request (RFC 9110 §11.6.1, RFC 6750 §3), and reading one.

/** At least one of them. */
export type ChallengeParameters = readonly (readonly [name: string, value: string])[]

/** `Bearer name="value", …`; values lose what a quoted string may not hold. */
export function bearerChallenge(params: ChallengeParameters): string {
  return `Bearer ${listOf(params)}`
}

/** Goes behind a Bearer challenge: MCP clients read no other scheme in the first place (RFC 9449 §7.1). */
export function dpopChallenge(params: ChallengeParameters): string {
  return `DPoP ${listOf(params)}`
}

/** The protection space that mcpauth names; a scheme needs at least one parameter to be parsable. */
export const realm = ['realm', 'mcpauth'] as const

/** A token presented in a way that RFC 6750 §3.1 forbids, such as twice. */
export const invalidRequestChallenge = bearerChallenge([realm, ['error', 'invalid_request']])

/** Whether a challenge says that the token is fine but not enough (RFC 6750 §3.1): another one would not help. */
export function wantsMoreScope(challenges: readonly string[]): boolean {
  return challenges.some((challenge) =>
    /(?:^|[\s,])error\s*=\s*"?insufficient_scope(?:$|[",\s])/i.test(challenge),
  )
}

function listOf(params: ChallengeParameters): string {
  return params.map(([name, value]) => `${name}=${quote(value)}`).join(', ')
}

function quote(value: string): string {
  return `"${value.replaceAll(/[^\x20-\x7e]/g, '').replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
