// The JWTs that the development authorization server itself has issued: read back where they are shown to it.
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  importJWK,
  jwtVerify,
  SignJWT,
  type JWTPayload,
} from 'jose'
import type { Clock } from '../../core/clock.ts'
import type { JsonObject } from '../../core/json.ts'
import type { SigningAlgorithm, SigningKeys } from './keys.ts'
import type { IdpStore } from './store.ts'

/** `typ` of the header by what a JWT is good for; an ID token has none. None is taken for another. */
const types = { access: 'at+jwt', id: undefined, idJag: 'oauth-id-jag+jwt' } as const

export type JwtUse = keyof typeof types

export interface OwnClaims extends JWTPayload {
  readonly sub: string
  readonly exp: number
  readonly client_id?: string
}

export interface OwnJwtsOptions {
  readonly issuer: string
  readonly clock: Clock
  readonly store: IdpStore
  readonly algorithm: SigningAlgorithm
}

export class OwnJwts {
  readonly #options: OwnJwtsOptions
  readonly #signers: SigningKeys['signers']
  readonly #keys: ReturnType<typeof createLocalJWKSet>

  constructor(options: OwnJwtsOptions, { signers, publicKeys }: SigningKeys) {
    this.#options = options
    this.#signers = signers
    this.#keys = createLocalJWKSet({ keys: [...publicKeys] })
  }

  /** The claims of what is good now and not revoked; undefined of anything else. */
  async read(token: unknown, use: JwtUse): Promise<OwnClaims | undefined> {
    const { issuer, clock } = this.#options
    const claims = await jwtVerify<OwnClaims>(String(token), this.#keys, {
      issuer,
      currentDate: new Date(clock.now()),
      requiredClaims: ['exp', 'sub'],
    }).then(
      ({ payload, protectedHeader }) => (protectedHeader.typ === types[use] ? payload : undefined),
      () => undefined,
    )
    if (claims?.jti === undefined) return claims
    return (await this.#revoked.find(claims.jti)) === undefined ? claims : undefined
  }

  /** From now on `read` does not know it. */
  async revoke({ jti, exp }: OwnClaims): Promise<void> {
    const seconds = exp - Math.floor(this.#options.clock.now() / 1000)
    if (jti !== undefined) await this.#revoked.upsert(jti, {}, seconds)
  }

  /** Signs `claims` as issued now; `lifetime` is in seconds. */
  async sign(claims: JsonObject, use: JwtUse, lifetime: number): Promise<string> {
    const { issuer, clock, algorithm } = this.#options
    const key = this.#signers[algorithm]
    const iat = Math.floor(clock.now() / 1000)
    const typ = types[use]
    const header = { alg: algorithm, kid: key.kid, ...(typ === undefined ? {} : { typ }) }
    return new SignJWT({
      ...claims,
      iss: issuer,
      iat,
      exp: iat + lifetime,
      jti: crypto.randomUUID(),
    })
      .setProtectedHeader(header)
      .sign(await importJWK(key, algorithm))
  }

  /** `token`, just issued here, with its times moved by so many seconds and under the same algorithm. */
  async retimed(token: string, seconds: number): Promise<string> {
    const claims = decodeJwt(token)
    for (const name of ['iat', 'exp', 'auth_time'] as const) {
      const time = claims[name]
      if (typeof time === 'number') claims[name] = time + seconds
    }
    const { alg } = decodeProtectedHeader(token)
    const key = Object.values(this.#signers).find((one) => one.alg === alg)
    if (key === undefined) return token
    return new SignJWT(claims)
      .setProtectedHeader({ alg: key.alg, kid: key.kid })
      .sign(await importJWK(key, key.alg))
  }

  get #revoked() {
    return this.#options.store.adapter('RevokedJwt')
  }
}
