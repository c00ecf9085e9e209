// Tokens of a client that may ask for more scopes when a resource says that it needs them (MCP step-up authorization).
import type { Lease } from './leases.ts'
import type { IssuedToken } from './token-response.ts'
import type { TokenResult, TokenSource } from './token-source.ts'

/** How often a client asks for more: a resource that always wants another scope must not make it ask for ever. */
const mostWidenings = 5

interface Parts {
  /** Those of the Component. */
  readonly scopes: readonly string[]
  readonly acquire: (scopes: readonly string[]) => Lease<TokenSource>
}

/** As a TokenSource; the widest token that was got so far is the one of all requests. */
export class WideningTokens {
  readonly #acquire: Parts['acquire']
  /** By scopes. All are kept until the end: requests may still wait for a narrower token, and refusals are remembered there. */
  readonly #leases = new Map<string, Lease<TokenSource>>()
  #scopes: readonly string[]
  #source: TokenSource

  constructor({ scopes, acquire }: Parts) {
    this.#acquire = acquire
    this.#scopes = scopes
    this.#source = this.#take(scopes)
  }

  current(): IssuedToken | undefined {
    return this.#source.current()
  }

  obtain(signal: AbortSignal): Promise<TokenResult> {
    return this.#source.obtain(signal)
  }

  reject(token: IssuedToken): boolean {
    return this.#source.reject(token)
  }

  /** A token with the scopes of the refused one and `challenged`; undefined when none can be had. */
  async widen(
    refused: IssuedToken,
    challenged: readonly string[],
    signal: AbortSignal,
  ): Promise<IssuedToken | undefined> {
    const granted = refused.scope?.split(' ').filter((scope) => scope !== '') ?? []
    const scopes = challenged.every((scope) => this.#scopes.includes(scope))
      ? this.#scopes
      : [...new Set([...this.#scopes, ...granted, ...challenged])]
    if (!this.#leases.has(keyOf(scopes)) && this.#leases.size > mostWidenings) return undefined
    const source = this.#take(scopes)
    const result = await source.obtain(signal)
    if (!result.ok) return undefined
    this.#scopes = scopes
    this.#source = source
    return result.token
  }

  close(): void {
    for (const lease of this.#leases.values()) lease.release()
  }

  #take(scopes: readonly string[]): TokenSource {
    const key = keyOf(scopes)
    const lease = this.#leases.get(key) ?? this.#acquire(scopes)
    this.#leases.set(key, lease)
    return lease.value
  }
}

function keyOf(scopes: readonly string[]): string {
  return scopes.toSorted().join(' ')
}
