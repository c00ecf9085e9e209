// ID tokens by the clock of the server: oidc-provider writes them by the real one, whatever time the server has.
import type { RequestContext } from 'oidc-provider'
import type { Clock } from '../../core/clock.ts'
import { isJsonObject } from '../../core/json.ts'
import type { OwnJwts } from './own-jwts.ts'

/** Middleware: signs an ID token of an answer anew where the two clocks differ, with its times moved. */
export function retimeIdTokens(jwts: OwnJwts, clock: Clock) {
  return async (ctx: RequestContext, next: () => Promise<void>): Promise<void> => {
    await next()
    const offset = Math.round((clock.now() - Date.now()) / 1000)
    if (offset === 0 || !isJsonObject(ctx.body)) return
    const token = ctx.body['id_token']
    if (typeof token === 'string') {
      ctx.body = { ...ctx.body, id_token: await jwts.retimed(token, offset) }
    }
  }
}
