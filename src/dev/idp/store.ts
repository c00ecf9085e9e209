// What the development authorization server has issued and must remember: codes, sessions, grants, refresh tokens, clients
// that registered themselves. In memory, shared by the providers before and after a rotation of keys, gone with the process.
import type { Adapter, AdapterPayload } from 'oidc-provider'

interface Kept {
  readonly payload: AdapterPayload
  /** Wall time in ms. */
  readonly expiresAt: number
}

/** Of each kind; the oldest go first. */
const mostKept = 10_000

const redeemable = [
  'AccessToken',
  'AuthorizationCode',
  'ClientCredentials',
  'DeviceCode',
  'Grant',
  'IssuedJwt',
  'RefreshToken',
]

export class IdpStore {
  readonly #models = new Map<string, Map<string, Kept>>()

  /** What oidc-provider stores things of one kind with. */
  adapter(model: string): Adapter {
    const kept = this.#kept(model)
    const find = (id: string): AdapterPayload | undefined => {
      const entry = kept.get(id)
      return entry !== undefined && entry.expiresAt > Date.now() ? entry.payload : undefined
    }
    const findBy = (fits: (payload: AdapterPayload) => boolean): AdapterPayload | undefined =>
      [...kept.keys()].map((id) => find(id)).find((one) => one !== undefined && fits(one))
    return {
      upsert: async (id, payload, expiresIn) => {
        kept.delete(id)
        const expiresAt = expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000
        kept.set(id, { payload, expiresAt })
        if (kept.size > mostKept) kept.delete(kept.keys().next().value ?? '')
      },
      find: async (id) => find(id),
      findByUid: async (uid) => findBy((payload) => payload.uid === uid),
      findByUserCode: async (code) => findBy((payload) => payload.userCode === code),
      consume: async (id) => {
        const payload = find(id)
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: async (id) => void kept.delete(id),
      revokeByGrantId: async (grantId) => this.#drop(({ payload }) => payload.grantId === grantId),
    }
  }

  /** Ends all that a client can still redeem, renew or show: codes, grants, opaque and refresh tokens, JWTs by their id. */
  revokeAll(): void {
    const revoked = this.#kept('RevokedJwt')
    for (const [id, entry] of this.#kept('IssuedJwt')) revoked.set(id, entry)
    for (const model of redeemable) this.#models.get(model)?.clear()
  }

  #drop(fits: (entry: Kept) => boolean): void {
    for (const kept of this.#models.values()) {
      for (const [id, entry] of kept) if (fits(entry)) kept.delete(id)
    }
  }

  #kept(model: string): Map<string, Kept> {
    const kept = this.#models.get(model) ?? new Map<string, Kept>()
    this.#models.set(model, kept)
    return kept
  }
}
