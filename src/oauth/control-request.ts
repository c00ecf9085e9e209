// One request to an authorization server: bounded in time and size, never redirected, never compressed.
import type { LookupFunction } from 'node:net'
import { Agent, request as send } from 'undici'
import { addressRefused } from './public-address.ts'
import type { Secret } from '../core/secret.ts'

/** What a client shows in the TLS handshake (RFC 8705), both as PEM. */
export interface ClientCertificate {
  /** With the certificates of its issuers, where the other side needs them. */
  readonly certificate: string
  readonly key: Secret
}

export interface ControlRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly certificate?: ClientCertificate
  /** For the whole exchange, from connect to the last byte. */
  readonly timeoutMs: number
  readonly maxBytes: number
  /** The body of the answer is not waited for: it may be a stream without end. */
  readonly headOnly?: boolean
}

export type ControlFailure =
  | 'cancelled'
  | 'timeout'
  | 'network'
  | 'certificate'
  | 'redirect'
  | 'too-large'
  | 'encoded'
  /** Where a URL from the network must not lead. */
  | 'forbidden'

export type ControlResult =
  | {
      readonly ok: true
      readonly status: number
      /** The first value of a header, or all challenges; takes a lower-case name. */
      readonly header: (name: string) => string | undefined
      readonly text: string
    }
  /** `detail` is for people; it holds nothing that the other side sent. */
  | { readonly ok: false; readonly failure: ControlFailure; readonly detail: string }

/** Sends one request and reads the whole answer. Never rejects; a 3xx is a failure, other statuses are answers. */
export type ControlSender = (request: ControlRequest, signal: AbortSignal) => Promise<ControlResult>

const connectTimeoutMs = 5000

interface SenderOptions {
  /** Replaces the system's certificate authorities. */
  readonly ca?: string
  /** Replaces the system's resolver. */
  readonly lookup?: LookupFunction
}

/** A sender with its own connections. */
export function createControlSender(options: SenderOptions = {}): ControlSender {
  const plain = createAgent(options)
  // By identity: a certificate lives as long as the client that it belongs to, and its connections go with it.
  const agents = new WeakMap<ClientCertificate, Agent>()
  const agentFor = (certificate: ClientCertificate): Agent => {
    const agent =
      agents.get(certificate) ??
      createAgent({ ...options, cert: certificate.certificate, key: certificate.key.reveal() })
    agents.set(certificate, agent)
    return agent
  }
  return (request, signal) => {
    const { certificate } = request
    return exchange(certificate === undefined ? plain : agentFor(certificate), request, signal)
  }
}

function createAgent(
  options: SenderOptions & { readonly cert?: string; readonly key?: string },
): Agent {
  // rejectUnauthorized is spelled out so that NODE_TLS_REJECT_UNAUTHORIZED=0 cannot switch it off.
  return new Agent({
    allowH2: false,
    // A fresh connection each time: calls are minutes apart, and a reused one may be closing as it is picked.
    pipelining: 0,
    connect: {
      timeout: connectTimeoutMs,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ...options,
    },
  })
}

/** The sender that the program uses. */
export const sendControlRequest: ControlSender = createControlSender()

async function exchange(
  agent: Agent,
  request: ControlRequest,
  signal: AbortSignal,
): Promise<ControlResult> {
  const timeout = AbortSignal.timeout(request.timeoutMs)
  try {
    const response = await send(request.url, {
      dispatcher: agent,
      method: request.method,
      headers: { ...request.headers, 'accept-encoding': 'identity' },
      ...(request.body === undefined ? {} : { body: request.body }),
      signal: AbortSignal.any([signal, timeout]),
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    const { statusCode: status, body } = response
    const header = (name: string) => firstOf(response.headers[name], name)
    const refused = refusal(status, header('content-encoding'))
    const early =
      refused ??
      (request.headOnly === true ? ({ ok: true, status, header, text: '' } as const) : undefined)
    if (early !== undefined) {
      body.on('error', () => {}).destroy()
      return early
    }
    const text = await readText(body, request.maxBytes)
    if (text === undefined)
      return failed('too-large', `answered more than ${request.maxBytes} bytes`)
    return { ok: true, status, header, text }
  } catch (error) {
    if (signal.aborted) return failed('cancelled', 'was given up')
    if (timeout.aborted) return failed('timeout', `did not answer within ${request.timeoutMs} ms`)
    return classify(error)
  }
}

function refusal(status: number, encoding: string | undefined): ControlResult | undefined {
  // A redirect would carry credentials to, or fetch keys from, a place nobody configured.
  if (status >= 300 && status < 400) {
    return failed('redirect', `answered with a redirect (${status}), which is never followed`)
  }
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return failed('encoded', 'answered in a content encoding that was not asked for')
  }
  return undefined
}

async function readText(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    // Leaving the loop destroys the stream, and with it the connection.
    if (size > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function classify(error: unknown): ControlResult {
  const code = codeOf(error)
  if (code === addressRefused) {
    return failed('forbidden', 'is not asked: its name leads inside, and came from the network')
  }
  if (/^UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT$|^ETIMEDOUT$/.test(code)) {
    return failed('timeout', 'did not answer in time')
  }
  if (/_ALERT_/.test(code)) return failed('certificate', `refused the TLS connection (${code})`)
  if (/CERT|SELF_SIGNED|^UNABLE_TO_|^ERR_TLS|^HOSTNAME_MISMATCH$/.test(code)) {
    return failed('certificate', `has a TLS certificate that cannot be trusted (${code})`)
  }
  return failed('network', `cannot be reached (${code})`)
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if ('code' in error && typeof error.code === 'string') return error.code
  const nested: unknown = error instanceof AggregateError ? error.errors[0] : error.cause
  return nested === undefined ? 'protocol error' : codeOf(nested)
}

function firstOf(value: string | string[] | undefined, name: string): string | undefined {
  if (!Array.isArray(value)) return value
  return name === 'www-authenticate' ? value.join(', ') : value[0]
}

function failed(failure: ControlFailure, detail: string): ControlResult {
  return { ok: false, failure, detail }
}
