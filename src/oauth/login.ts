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
import { seekLogin, withMore, type LoginPlan } from './login-discovery.ts'
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
  /**
   * Brings the URL before the user. `start` leads there once, and holds nothing of the login: other users of this machine
   * see what a program is started with.
   */
  readonly show: (url: URL, start: URL) => void
  /** Lines from the user, who pastes the URL that the browser ended at where it cannot reach this machine. */
  readonly pasted?: AsyncIterable<string>
  /** Such a line that is no answer to this login. */
  readonly notPasted?: () => void
  /** Asked for beside those of the Component or the resource. */
  readonly moreScopes?: readonly string[]
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
    parts.show(attempt.url, callback.begin(attempt.url))
    const query = await firstAnswer({ callback, accept }, parts)
    const answer = readLoginAnswer(query, attempt)
    if ('problem' in answer)
      throw failed(`the answer of the authorization server ${answer.problem}`)
    const tokens = await redeem(answer.code, attempt, { plan, client }, parts)
    plan.done?.()
    return tokens
  } finally {
    callback.close()
  }
}

function planOf(
  { server, client }: Extract<Login, { readonly server: LoginServer }>,
  { send, moreScopes }: LoginParts,
): LoginPlan {
  const wider = { ...client, scopes: withMore(client.scopes, moreScopes) }
  return { server, client: () => Promise.resolve(wider), authParams: [], send }
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

interface Awaited {
  readonly callback: LoginCallback
  readonly accept: (query: URLSearchParams) => boolean
}

async function firstAnswer(
  { callback, accept }: Awaited,
  { pasted, notPasted, signal }: LoginParts,
): Promise<URLSearchParams> {
  const other = Promise.withResolvers<URLSearchParams>()
  const stop = (): void => other.reject(failed('it was not finished in time'))
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  if (pasted !== undefined) {
    void readPasted(pasted, accept, notPasted).then((query) => {
      // The end of the input is no answer.
      if (query !== undefined) other.resolve(query)
    }, other.reject)
  }
  const spoilt = callback.startedTwice.then(() => {
    throw failed('the address that the browser was given was opened twice, maybe by somebody else')
  })
  try {
    return await Promise.race([callback.answered, other.promise, spoilt])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function readPasted(
  lines: AsyncIterable<string>,
  accept: (query: URLSearchParams) => boolean,
  notPasted?: () => void,
): Promise<URLSearchParams | undefined> {
  for await (const line of lines) {
    const query = URL.parse(line.trim())?.searchParams
    if (query !== undefined && accept(query)) return query
    if (line.trim() !== '') notPasted?.()
  }
  return undefined
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
