// A login from a device without a browser (RFC 8628): a code to type in elsewhere, and asking until somebody has.
import { McpAuthError } from '../core/errors.ts'
import type { GrantTokens } from '../core/grants.ts'
import { discoverAuthorizationServer } from './authorization-server.ts'
import type { OAuthClient } from './client.ts'
import { requestDeviceCode, type DeviceCode } from './device-code.ts'
import { grantTokens } from './grant-mint.ts'
import { seekPlan, withMore, type SeekParts, type SoughtPlan } from './login-discovery.ts'
import type { Login } from './login.ts'
import { deviceGrant } from './registration.ts'
import { senderOf } from './sought-client.ts'
import { createTokenRequester } from './token-request.ts'

export interface DeviceParts extends SeekParts {
  /** Brings the code, and where to type it in, before the user. */
  readonly showCode: (code: DeviceCode) => void
  /** Resolves after that time in ms, or as soon as the login is given up. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

/** RFC 8628 §3.5. */
const slowerBy = 5000

/** Throws LOGIN_FAILED. */
export async function logInByDevice(login: Login, parts: DeviceParts): Promise<GrantTokens> {
  const plan = 'sought' in login ? await seekPlan(login.sought, parts) : await planOf(login, parts)
  const { server, send } = plan
  if (server.deviceUrl === undefined) {
    throw failed(
      'the authorization server has no device_authorization_endpoint',
      'Log in without --device.',
    )
  }
  // It is never used, and a registration has to have one.
  const client = await plan.client(plan.formerRedirect?.href ?? 'http://127.0.0.1/callback')
  const asked = await requestDeviceCode(server.deviceUrl, client, { send, signal: parts.signal })
  if (!asked.ok) {
    if (asked.error === 'invalid_client') plan.refused?.()
    throw failed(`the device authorization endpoint ${asked.problem}`)
  }
  parts.showCode(asked.code)
  const tokens = await redeem(asked.code, client, { plan, parts })
  plan.done?.()
  return tokens
}

async function redeem(
  code: DeviceCode,
  client: OAuthClient,
  { plan, parts }: { readonly plan: SoughtPlan; readonly parts: DeviceParts },
): Promise<GrantTokens> {
  const { clock, signal, pause } = parts
  const request = createTokenRequester(client, { send: plan.send, clock })
  const until = clock.monotonic() + code.lifetimeMs
  let wait = code.intervalMs
  for (;;) {
    await pause(wait, signal)
    if (signal.aborted || clock.monotonic() >= until) throw failed('it was not finished in time')
    const askedAt = clock.now()
    const grant = [
      ['grant_type', deviceGrant] as const,
      ['device_code', code.deviceCode.reveal()] as const,
      ...client.params,
    ]
    const result = await request(grant, signal)
    if (result.ok) {
      const found = plan.found?.(client)
      const before = { tokenUrl: client.tokenUrl.href, ...(found === undefined ? {} : { found }) }
      return grantTokens(result.token, askedAt, before)
    }
    if (result.error === 'slow_down') wait += slowerBy
    else if (result.error !== 'authorization_pending' && !isPassing(result)) {
      throw failed(`the token endpoint ${client.tokenUrl.origin} ${result.problem}`)
    }
  }
}

/** A server that does not answer for a moment has not said no (RFC 8628 §3.5). */
function isPassing({ kind }: { readonly kind: string }): boolean {
  return kind === 'unavailable' || kind === 'timeout'
}

/** The metadata of its issuer say what a Component with endpoints has no setting for. */
async function planOf(
  { server: { issuer, tokenUrl }, client }: Exclude<Login, { readonly sought: unknown }>,
  parts: DeviceParts,
): Promise<SoughtPlan> {
  if (issuer === undefined) {
    throw failed('the Component does not say who its authorization server is', 'Set issuer.')
  }
  const send = senderOf({ issuer, resource: tokenUrl.href }, parts.send)
  const found = await discoverAuthorizationServer(issuer, { send, signal: parts.signal })
  if (!found.ok) throw failed(found.problem, found.hint)
  if (found.server.tokenUrl.href !== tokenUrl.href) {
    throw failed('the metadata of issuer name another token endpoint than tokenURL')
  }
  const wider = { ...client, scopes: withMore(client.scopes, parts.moreScopes) }
  return { server: found.server, client: () => Promise.resolve(wider), authParams: [], send }
}

function failed(
  problem: string,
  hint = 'Start it again with: mcpauth login COMPONENT --device',
): McpAuthError {
  return new McpAuthError('LOGIN_FAILED', `The login failed: ${problem}.`, { hint })
}
