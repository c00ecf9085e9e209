// A login from its start to tokens: callback, browser, answer, code for tokens.
import type { Clock } from '../core/clock.ts'
import { McpAuthError } from '../core/errors.ts'
import type { GrantTokens } from '../core/grants.ts'
import {
  beginLogin,
  readLoginAnswer,
  type LoginAttempt,
  type LoginServer,
} from './authorization-code.ts'
import { grantTokens } from './grant-mint.ts'
import { openLoginCallback } from './login-callback.ts'
import type { OAuthClient } from './client.ts'
import { createTokenRequester } from './token-request.ts'
import type { ControlSender } from './control-request.ts'

export interface Login {
  readonly server: LoginServer
  readonly client: OAuthClient
  /** Registered loopback URL; undefined: `http://127.0.0.1:<free port>/callback`. */
  readonly redirectUrl: URL | undefined
}

export interface LoginParts {
  readonly send: ControlSender
  readonly clock: Clock
  /** Brings the URL before the user. */
  readonly show: (url: URL) => void
  /** The URL that the browser ended at, pasted by the user where it cannot reach this machine. */
  readonly pasted?: Promise<string>
  /** Gives the login up. */
  readonly signal: AbortSignal
}

/** Throws LOGIN_FAILED, or PORT_IN_USE for the redirect. */
export async function logIn(login: Login, parts: LoginParts): Promise<GrantTokens> {
  const { client, server } = login
  // oxlint-disable-next-line prefer-const -- the callback is open before the attempt can name its address
  let attempt: LoginAttempt | undefined
  const accept = (query: URLSearchParams): boolean =>
    attempt !== undefined && query.get('state') === attempt.state
  const callback = await openLoginCallback(login.redirectUrl, accept)
  try {
    attempt = beginLogin({
      server,
      clientId: client.clientId,
      redirectUri: callback.redirectUri,
      scopes: client.scopes,
      params: client.params,
    })
    parts.show(attempt.url)
    const query = await firstAnswer(callback.answered, parts)
    const answer = readLoginAnswer(query, attempt)
    if ('problem' in answer)
      throw failed(`the answer of the authorization server ${answer.problem}`)
    return await redeem(answer.code, attempt, login, parts)
  } finally {
    callback.close()
  }
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
  { client, server }: Login,
  { send, clock, signal }: LoginParts,
): Promise<GrantTokens> {
  const request = createTokenRequester({ ...client, tokenUrl: server.tokenUrl }, { send, clock })
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
  if (!result.ok) throw failed(`the token endpoint ${server.tokenUrl.origin} ${result.problem}`)
  return grantTokens(result.token, asked, { tokenUrl: server.tokenUrl.href })
}

function failed(reason: string): McpAuthError {
  return new McpAuthError('LOGIN_FAILED', `The login failed: ${reason}.`, {
    hint: 'Start it again with: mcpauth login COMPONENT',
  })
}
