// One request to a server that is examined, and its answer as it is: redirects are not followed, headers keep their repetitions.
import type { Readable } from 'node:stream'
import { Agent, request as send } from 'undici'
import { codeOf } from '../core/error-code.ts'

export interface Probe {
  readonly method: string
  readonly url: string
  /** Names may be repeated. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string
  /** Enough was read; a stream may never end by itself. */
  readonly until?: (text: string) => boolean
  /** The body is not waited for. */
  readonly headOnly?: boolean
  /** In place of the usual limit. */
  readonly timeoutMs?: number
}

export interface Answer {
  readonly ok: true
  readonly status: number
  /** Every value of a header; takes a lower-case name. */
  readonly values: (name: string) => readonly string[]
  /** At most 1 MiB. */
  readonly text: string
  /** The time was up before its end. */
  readonly isCut: boolean
}

export interface NoAnswer {
  readonly ok: false
  readonly failure: 'network' | 'timeout' | 'certificate'
  /** Completes "URL …". */
  readonly detail: string
}

export type Fetched = Answer | NoAnswer

/** Never rejects. */
export type Send = (probe: Probe) => Promise<Fetched>

const mostCharacters = 1024 * 1024

export interface SenderOptions {
  /** For one exchange, in ms. */
  readonly timeoutMs: number
  /** Taken out of everything that an answer says, so that no report can repeat them. */
  readonly secrets: readonly string[]
  readonly signal: AbortSignal
}

export function createSender(options: SenderOptions): Send {
  const agent = new Agent({
    allowH2: false,
    pipelining: 0,
    connect: { timeout: options.timeoutMs, rejectUnauthorized: true },
  })
  return (probe) => exchange(agent, probe, options)
}

/** The first value of a header. */
export function headerOf(answer: Answer, name: string): string | undefined {
  return answer.values(name)[0]
}

async function exchange(agent: Agent, probe: Probe, options: SenderOptions): Promise<Fetched> {
  const timeoutMs = probe.timeoutMs ?? options.timeoutMs
  const timeout = AbortSignal.timeout(timeoutMs)
  const hide = (text: string): string =>
    options.secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '[token]'), text)
  try {
    const { statusCode, headers, body } = await send(probe.url, {
      dispatcher: agent,
      method: probe.method,
      headers: [...(probe.headers ?? []), ['accept-encoding', 'identity'] as const].flat(),
      ...(probe.body === undefined ? {} : { body: probe.body }),
      signal: AbortSignal.any([options.signal, timeout]),
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    const text = await readText(
      body,
      probe.headOnly === true ? undefined : (probe.until ?? toItsEnd),
    )
    return {
      ok: true,
      status: statusCode,
      values: (name) => [headers[name] ?? []].flat().map(hide),
      text: hide(text),
      isCut: timeout.aborted,
    }
  } catch (problem) {
    if (timeout.aborted) {
      return noAnswer('timeout', `did not answer within ${timeoutMs / 1000} s`)
    }
    return classify(codeOf(problem, 'protocol error'))
  }
}

const toItsEnd = (): boolean => false

/** What came before the stream broke off, or before the time was up, is an answer too. */
async function readText(
  body: Readable,
  until: ((text: string) => boolean) | undefined,
): Promise<string> {
  if (until === undefined) {
    body.on('error', () => {}).destroy()
    return ''
  }
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true })
      if (text.length >= mostCharacters || until(text)) break
    }
  } catch {
    // The judges see that something is missing.
  }
  return text
}

function classify(code: string): NoAnswer {
  if (/TIMEOUT|^ETIMEDOUT$/.test(code)) return noAnswer('timeout', 'did not answer in time')
  if (/CERT|SELF_SIGNED|^UNABLE_TO_|^ERR_TLS|^HOSTNAME_MISMATCH$/.test(code)) {
    return noAnswer('certificate', `has a TLS certificate that cannot be trusted (${code})`)
  }
  return noAnswer('network', `cannot be reached (${code})`)
}

function noAnswer(failure: NoAnswer['failure'], detail: string): NoAnswer {
  return { ok: false, failure, detail }
}
