// A login from its start to tokens: callback, browser, answer, code for tokens.
import type { Clock } from '../core/clock.ts'
import { McpAuthError } from '../core/errors.ts'
import type { GrantTokens } from '../core/grants.ts'
import type { OAuthClientStore } from '../core/oauth-clients.ts'
import {
  beginLogin,
  readLoginAnswer,
  type LoginAttempt,
  type LoginServer,
} from './authorization-code.ts'
import type { OAuthClient } from './client.ts'
import type { ControlSender } from './control-request.ts'
import { grantTokens } from './grant-mint.ts'
import { openLoginCallback, type LoginCallback } from './login-callback.ts'
import { seekLogin, type LoginPlan } from './login-discovery.ts'
import type { SoughtClient } from './sought-client.ts'
import { createTokenRequester } from './token-request.ts'

/** With a server that is known, or a client that has to find it. */
export type Login = (
  | { readonly server: LoginServer; readonly client: OAuthClient }
  | { readonly sought: SoughtClient }
) & {
  /** Registered loopback URL; undefined: `http://127.0.0.1:<free port>/callback`. */
  readonly redirectUrl: URL | undefined
}

export interface LoginParts {
  readonly send: ControlSender
  readonly clock: Clock
  /** Where a client that registers itself is kept; absent where there is no project. */
  readonly clients?: OAuthClientStore
  /** Brings the URL before the user. */
  readonly show: (url: URL) => void
  /** The URL that the browser ended at, pasted by the user where it cannot reach this machine. */
  readonly pasted?: Promise<string>
  /** Gives the login up. */
  readonly signal: AbortSignal
}

/** Throws LOGIN_FAILED, or PORT_IN_USE for the redirect. */
export async function logIn(login: Login, parts: LoginParts): Promise<GrantTokens> {
  const plan = 'sought' in login ? await seekLogin(login.sought, parts) : planOf(login, parts)
  let attempt: LoginAttempt | undefined
  const accept = (query: URLSearchParams): boolean =>
    attempt !== undefined && query.get('state') === attempt.state
  const callback = await openCallback(login.redirectUrl, plan, accept)
  try {
    const client = await plan.client(callback.redirectUri)
    attempt = beginLogin({
      server: plan.server,
      clientId: client.clientId,
      redirectUri: callback.redirectUri,
      scopes: client.scopes,
      params: [...plan.authParams, ...client.params],
    })
    parts.show(attempt.url)
    const query = await firstAnswer(callback.answered, parts)
    const answer = readLoginAnswer(query, attempt)
    if ('problem' in answer)
      throw failed(`the answer of the authorization server ${answer.problem}`)
    return await redeem(answer.code, attempt, { plan, client }, parts)
  } finally {
    callback.close()
  }
}

function planOf(
  { server, client }: Extract<Login, { readonly server: LoginServer }>,
  { send }: LoginParts,
): LoginPlan {
  return { server, client: () => Promise.resolve(client), authParams: [], send }
}

/** A registration of before is used again where its port is free. */
async function openCallback(
  redirectUrl: URL | undefined,
  { formerRedirect }: LoginPlan,
  accept: (query: URLSearchParams) => boolean,
): Promise<LoginCallback> {
  if (redirectUrl !== undefined || formerRedirect === undefined) {
    return openLoginCallback(redirectUrl, accept)
  }
  return openLoginCallback(formerRedirect, accept).catch(() => openLoginCallback(undefined, accept))
}

async function firstAnswer(
  answered: Promise<URLSearchParams>,
  { pasted, signal }: LoginParts,
): Promise<URLSearchParams> {
  const gaveUp = Promise.withResolvers<never>()
  const stop = (): void => gaveUp.reject(failed('it was not finished in time'))
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const typed = pasted?.then((text) => {
    const url = URL.parse(text.trim())
    if (url === null) throw failed('what was pasted is no URL')
    return url.searchParams
  })
  try {
    return await Promise.race([answered, gaveUp.promise, ...(typed === undefined ? [] : [typed])])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** The token endpoint is the one of the attempt, never one from the answer (RFC 9700 §4.4). */
async function redeem(
  code: string,
  attempt: LoginAttempt,
  { plan, client }: { readonly plan: LoginPlan; readonly client: OAuthClient },
  { clock, signal }: LoginParts,
): Promise<GrantTokens> {
  const { tokenUrl } = plan.server
  const request = createTokenRequester({ ...client, tokenUrl }, { send: plan.send, clock })
  const asked = clock.now()
  const result = await request(
    [
      ['grant_type', 'authorization_code'],
      ['code', code],
      ['redirect_uri', attempt.redirectUri],
      ['code_verifier', attempt.verifier],
      ...client.params,
    ],
    signal,
  )
  if (!result.ok) {
    if (result.error === 'invalid_client') plan.refused?.()
    throw failed(`the token endpoint ${tokenUrl.origin} ${result.problem}`)
  }
  const found = plan.found?.(client)
  const before = { tokenUrl: tokenUrl.href, ...(found === undefined ? {} : { found }) }
  return grantTokens(result.token, asked, before)
}

function failed(reason: string): McpAuthError {
  return new McpAuthError('LOGIN_FAILED', `The login failed: ${reason}.`, {
    hint: 'Start it again with: mcpauth login COMPONENT',
  })
}
