// The page on which somebody signs in and consents, when signing in is not automatic.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Interaction, Provider } from 'oidc-provider'
import { grantOf, type SignIn } from './consent.ts'

const interactionPath = /^\/interaction\/[\w-]+$/

export function isInteractionPath(path: string): boolean {
  return interactionPath.test(path)
}

export function interactionUrl({ uid }: Interaction): string {
  return `/interaction/${uid}`
}

/** Serves GET and POST of a path that `isInteractionPath`. Never rejects. */
export async function serveInteraction(
  provider: Provider,
  { users }: SignIn,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const interaction = await provider.interactionDetails(request, response)
    if (request.method === 'POST') {
      const form = new URLSearchParams(await text(request))
      const result = await resultOf(provider, interaction, form, users)
      await provider.interactionFinished(request, response, result)
      return
    }
    const clientId = String(interaction.params['client_id'])
    const client = await provider.Client.find(clientId)
    const page = signInPage(interaction, client?.clientName ?? clientId, users)
    sendPage(response, 200, page)
  } catch {
    // What went wrong is the cookie or the id of somebody's old page.
    const page = '<p>This sign-in is over or is not yours. Start again at the application.</p>'
    sendPage(response, 400, page)
  }
}

async function resultOf(
  provider: Provider,
  { params }: Interaction,
  form: URLSearchParams,
  users: SignIn['users'],
): Promise<object> {
  const user = users.find(({ sub }) => sub === form.get('user'))
  if (form.get('answer') !== 'allow' || user === undefined) {
    return { error: 'access_denied', error_description: 'the user said no' }
  }
  const grant = grantOf(provider, {
    accountId: user.sub,
    clientId: String(params['client_id']),
    params,
  })
  return { login: { accountId: user.sub }, consent: { grantId: await grant.save() } }
}

function signInPage({ params }: Interaction, client: string, users: SignIn['users']): string {
  const redirect = URL.parse(String(params['redirect_uri']))
  const rows: readonly (readonly [string, string])[] = [
    ['Application', client],
    ['Client id', String(params['client_id'])],
    ['Goes to', redirect === null ? 'this device' : redirect.origin],
    ['Scopes', typeof params['scope'] === 'string' ? params['scope'] : ''],
    ['For', [params['resource'] ?? []].flat().map(shownResource).join(', ')],
  ]
  const told = rows.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join('')
  const choices = users.map(
    ({ sub, claims: { name } }, index) =>
      `<label><input type="radio" name="user" value="${escaped(sub)}"${index === 0 ? ' checked' : ''}> ` +
      `${escaped(typeof name === 'string' ? `${name} (${sub})` : sub)}</label>`,
  )
  return (
    `<h1>Development sign-in</h1><dl>${told}</dl><form method="post">${choices.join('')}` +
    '<p><button name="answer" value="allow">Allow</button> <button name="answer" value="deny">Deny</button></p></form>'
  )
}

function shownResource(resource: unknown): string {
  return decodeURIComponent(String(resource).replace(/^urn:mcpauth:audience:/, ''))
}

const style =
  'body{font:16px/1.5 system-ui;max-width:32em;margin:4em auto;padding:0 1em}dt{color:#666}dd{margin:0 0 .5em}label{display:block}'

/** No script, no frame, nothing from elsewhere; the origin goes along, so that the answer passes the listener's check. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
} as const

/** A whole page with `body`, which must hold nothing that is not escaped. */
export function pageOf(body: string): string {
  return `<!doctype html><html lang="en"><title>mcpauth dev idp</title><style>${style}</style>${body}</html>`
}

function sendPage(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, pageHeaders)
  response.end(pageOf(body))
}

/** `value` as text of HTML. */
export function escaped(value: string): string {
  return value.replaceAll(
    /[&<>"']/g,
    (character) => `&#${character.codePointAt(0)?.toString() ?? ''};`,
  )
}
