// Asks for a device code (RFC 8628 §3.1, §3.2).
import type { JsonObject } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { judgeUrl } from '../core/trusted-url.ts'
import type { OAuthClient } from './client.ts'
import type { ControlSender } from './control-request.ts'
import { basicCredentials, wishes } from './token-request.ts'
import { readJsonObject } from './json-object.ts'

export interface DeviceCode {
  readonly deviceCode: Secret
  /** To be typed in there. */
  readonly userCode: string
  readonly verificationUrl: URL
  /** Brings the code along. */
  readonly completeUrl?: URL
  readonly lifetimeMs: number
  /** Between two requests for the token. */
  readonly intervalMs: number
}

export type DeviceCodeAsked =
  | { readonly ok: true; readonly code: DeviceCode }
  /** `problem` completes "the device authorization endpoint …"; safe to show. */
  | { readonly ok: false; readonly problem: string; readonly error?: string }

const timeoutMs = 10_000
const answerCap = 64 * 1024

/** Never rejects. */
export async function requestDeviceCode(
  url: URL,
  client: OAuthClient,
  { send, signal }: { readonly send: ControlSender; readonly signal: AbortSignal },
): Promise<DeviceCodeAsked> {
  const form = new URLSearchParams()
  for (const [name, value] of wishes(client)) form.append(name, value)
  form.set('client_id', client.clientId)
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  }
  const { clientSecret, authStyle } = client
  if (clientSecret !== undefined && authStyle === 1)
    form.set('client_secret', clientSecret.reveal())
  else if (clientSecret !== undefined) headers['authorization'] = basicCredentials(client)
  const common = { method: 'POST', url: url.href, timeoutMs, maxBytes: answerCap } as const
  const answer = await send({ ...common, headers, body: form.toString() }, signal)
  if (!answer.ok) return { ok: false, problem: answer.detail }
  const document = readJsonObject(answer.text)
  if (answer.status !== 200) return refusal(answer.status, document?.['error'])
  const code = document === undefined ? undefined : codeOf(document)
  if (code !== undefined) return { ok: true, code }
  return { ok: false, problem: 'answered without a code that can be used' }
}

function refusal(status: number, error: unknown): DeviceCodeAsked {
  const isCode = typeof error === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(error)
  if (!isCode) return { ok: false, problem: `answered ${status}` }
  return { ok: false, problem: `answered ${status} ${error}`, error }
}

function codeOf(document: JsonObject): DeviceCode | undefined {
  const { device_code: deviceCode, user_code: userCode } = document
  const verificationUrl = pageOf(document['verification_uri'])
  if (typeof deviceCode !== 'string' || deviceCode === '' || verificationUrl === undefined)
    return undefined
  // It is shown on a terminal.
  if (typeof userCode !== 'string' || !/^[\x21-\x7e]{1,64}$/.test(userCode)) return undefined
  const completeUrl = pageOf(document['verification_uri_complete'])
  return {
    deviceCode: new Secret(deviceCode),
    userCode,
    verificationUrl,
    ...(completeUrl === undefined ? {} : { completeUrl }),
    lifetimeMs: secondsOf(document['expires_in'], 600) * 1000,
    intervalMs: secondsOf(document['interval'], 5) * 1000,
  }
}

/** A page for a browser, by the rules of all URLs that come from the network. */
function pageOf(value: unknown): URL | undefined {
  const judged = typeof value === 'string' ? judgeUrl(value) : undefined
  return judged?.ok === true ? judged.url : undefined
}

function secondsOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value >= 1 ? Math.min(value, 3600) : otherwise
}
