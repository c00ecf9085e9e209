// The device authorization grant (RFC 8628): a person confirms on a page the code that a device without a browser shows.
import type { Client, RequestContext } from 'oidc-provider'
import { signInAs, type SignIn } from './consent.ts'
import { escaped, pageHeaders, pageOf } from './pages.ts'

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/**
 * The feature of oidc-provider. Its page asks in every mode: the link may come from somebody else, who would get the token
 * (RFC 8628 §5.4).
 */
export function deviceFlowFeature(people: SignIn): object {
  return {
    enabled: true,
    userCodeInputSource: showInput,
    userCodeConfirmSource(
      ctx: RequestContext,
      ...[form, client, , userCode]: [string, Client, object, string]
    ): void {
      // The device may name the user; the browser that confirms its code need not be signed in.
      signInAs(ctx, ctx.oidc?.entities.DeviceCode?.params['login_hint'], people)
      showConfirmation(ctx, form, client, userCode)
    },
    successSource(ctx: RequestContext): void {
      show(ctx, '<h1>Connected</h1><p>Go back to the device.</p>')
    },
  }
}

function showInput(ctx: RequestContext, form: string, _out?: object, error?: Error): void {
  const { session } = ctx.oidc ?? {}
  if (error !== undefined && session?.new === true) {
    // A browser that was never shown the form. The provider fails when it stores such a session.
    session.touched = false
    show(ctx, `<p>${escaped(reasonOf(error))}</p>`)
    return
  }
  const told = error === undefined ? '' : `<p>${escaped(reasonOf(error))}</p>`
  show(
    ctx,
    `<h1>Connect a device</h1>${told}<p>Enter the code that the device shows.</p>${form}` +
      '<p><button form="op.deviceInputForm">Continue</button></p>',
  )
}

function showConfirmation(
  ctx: RequestContext,
  form: string,
  { clientId, clientName }: Client,
  userCode: string,
): void {
  show(
    ctx,
    `<h1>Connect a device</h1><p>${escaped(clientName ?? clientId)} shows this code, if it is yours:</p>` +
      `<p><b>${escaped(userCode)}</b></p>${form}<p><button form="op.deviceConfirmForm">Connect</button> ` +
      '<button form="op.deviceConfirmForm" name="abort" value="yes">Deny</button></p>',
  )
}

function reasonOf(error: Error): string {
  if (error.name === 'AbortedError') return 'The device was denied.'
  if (error.name === 'NotFoundError') return 'There is no such code.'
  if (error.name === 'ExpiredError') return 'The code has expired. Start again at the device.'
  if (error.name === 'AlreadyUsedError') return 'The code was used already.'
  return 'That did not work. Start again at the device.'
}

function show(ctx: RequestContext, body: string): void {
  for (const [name, value] of Object.entries(pageHeaders)) ctx.set(name, value)
  ctx.body = pageOf(body)
}
