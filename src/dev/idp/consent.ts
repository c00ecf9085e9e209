// Signing in and consenting at the development authorization server without a page, where that gives nothing away.
import { interactionPolicy } from 'oidc-provider'
import type { Grant, Prompt, Provider, RequestContext } from 'oidc-provider'
import type { IdpUser } from './users.ts'

export interface SignIn {
  /** A page for everybody. */
  readonly interactive: boolean
  readonly users: readonly [IdpUser, ...IdpUser[]]
}

/**
 * Without a page a code is sent to this machine alone: to a loopback address, or to an app that registered a scheme of its
 * own (RFC 8252 §7). Otherwise any site that a browser opens could fetch itself a code.
 */
export function isAutomatic(ctx: RequestContext, { interactive }: SignIn): boolean {
  if (interactive) return false
  const redirectUri = ctx.oidc?.params?.['redirect_uri']
  return redirectUri === undefined || (typeof redirectUri === 'string' && staysHere(redirectUri))
}

/** Signs in the user that `login_hint` names, else the first. Called before the account is looked for. */
export function signIn(ctx: RequestContext, options: SignIn): void {
  const { oidc } = ctx
  if (oidc?.params === undefined) return
  // Many clients send no scope; without one nothing could be granted (RFC 6749 §3.3 asks for a default then).
  oidc.params['scope'] ??= 'openid'
  signInAs(ctx, oidc.params['login_hint'], options)
}

/** Signs in the user that `hint` names, else the first, where that is automatic. */
export function signInAs(ctx: RequestContext, hint: unknown, options: SignIn): void {
  if (!isAutomatic(ctx, options)) return
  const user = options.users.find(({ sub, claims }) =>
    [sub, claims['email']].includes(String(hint)),
  )
  ctx.oidc?.session?.loginAccount({ accountId: (user ?? options.users[0]).sub })
}

/** Everything that the request asks for, granted; undefined where somebody has to be asked. */
export async function existingGrant(
  ctx: RequestContext,
  options: SignIn,
): Promise<Grant | undefined> {
  const { oidc } = ctx
  if (oidc?.client === undefined || oidc.params === undefined) return undefined
  const { provider, session, client } = oidc
  if (!isAutomatic(ctx, options)) {
    const id = oidc.result?.consent?.grantId ?? session?.grantIdFor(client.clientId)
    return id === undefined ? undefined : provider.Grant.find(id)
  }
  if (session?.accountId === undefined) return undefined
  const wanted = { accountId: session.accountId, clientId: client.clientId, params: oidc.params }
  const grant = grantOf(provider, wanted)
  await grant.save()
  return grant
}

interface Wanted {
  readonly accountId: string
  readonly clientId: string
  readonly params: Readonly<Record<string, unknown>>
}

/** A grant of all that the parameters ask for; not saved yet. */
export function grantOf(provider: Provider, { accountId, clientId, params }: Wanted): Grant {
  const grant = new provider.Grant({ accountId, clientId })
  const scope = typeof params['scope'] === 'string' ? params['scope'] : ''
  grant.addOIDCScope(scope)
  for (const resource of [params['resource']].flat()) {
    if (typeof resource === 'string') grant.addResourceScope(resource, scope)
  }
  return grant
}

/** The prompts of oidc-provider, none of which is shown where signing in is automatic. */
export function promptPolicy(options: SignIn): Prompt[] {
  const prompts = interactionPolicy.base()
  for (const { checks } of prompts) {
    for (const check of checks) {
      const ask = check.check
      check.check = (ctx) => (isAutomatic(ctx, options) ? false : ask(ctx))
    }
  }
  return prompts
}

/** True of a loopback address and of a scheme of an app's own. */
export function staysHere(redirectUri: string): boolean {
  const url = URL.parse(redirectUri)
  if (url === null) return false
  if (url.protocol === 'https:') return false
  return url.protocol !== 'http:' || ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
}
