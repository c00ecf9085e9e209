// A pool behind an HTTP proxy: https through a tunnel, so that the proxy sees no request; plain http as RFC 9112 §3.2.2 has it.
import { request as requestOverHttp } from 'node:http'
import { request as requestOverHttps } from 'node:https'
import { isIPv6 } from 'node:net'
import { buildConnector, Dispatcher, Pool } from 'undici'

import { McpAuthError } from '../core/errors.ts'

export interface ProxiedOptions {
  readonly pool: Pool.Options
  /** Of the connection to the upstream, inside the tunnel. */
  readonly connect: buildConnector.BuildOptions
  readonly timeoutMs: number
}

export function openProxiedPool(
  origin: string,
  proxy: URL,
  { pool: options, connect, timeoutMs }: ProxiedOptions,
): Dispatcher {
  if (origin.startsWith('https:')) {
    return new Pool(origin, { ...options, connect: tunnel(proxy, connect, timeoutMs) })
  }
  return new ForwardingPool(origin, proxy, { ...options, connect: toProxy(proxy, timeoutMs) })
}

/** Sends every request to the proxy, with the whole URL that it is for. */
class ForwardingPool extends Dispatcher {
  readonly #origin: string
  readonly #pool: Pool
  readonly #credentials: readonly string[]

  constructor(origin: string, proxy: URL, options: Pool.Options) {
    super()
    this.#origin = origin
    this.#pool = new Pool(proxy.origin, options)
    this.#credentials = Object.entries(authorization(proxy)).flat()
  }

  override dispatch(
    request: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    const given = Array.isArray(request.headers) ? request.headers : []
    const headers = [...given, ...this.#credentials]
    return this.#pool.dispatch(
      { ...request, path: `${this.#origin}${request.path}`, headers },
      handler,
    )
  }

  override close(): Promise<void> {
    return this.#pool.close()
  }

  override destroy(): Promise<void> {
    return this.#pool.destroy()
  }
}

function toProxy(proxy: URL, timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs, autoSelectFamily: true })
  return (target, callback) => {
    connect(target, (error, socket) => {
      if (error === null) callback(null, socket)
      else callback(unusable(proxy, error), null)
    })
  }
}

function unusable({ origin }: URL, error: NodeJS.ErrnoException): McpAuthError {
  const message = `The proxy at ${origin} cannot be used (${error.code ?? error.message}).`
  return new McpAuthError('UPSTREAM_UNREACHABLE', message)
}

function tunnel(
  proxy: URL,
  options: buildConnector.BuildOptions,
  timeoutMs: number,
): buildConnector.connector {
  const secure = buildConnector(options)
  return (target, callback) => {
    const name = isIPv6(target.hostname) ? `[${target.hostname}]` : target.hostname
    const authority = `${name}:${target.port || '443'}`
    const refuse = (status: number | undefined): void => {
      const message = `The proxy at ${proxy.origin} answered ${status} to CONNECT.`
      callback(new McpAuthError('UPSTREAM_UNREACHABLE', message), null)
    }
    const request = (proxy.protocol === 'https:' ? requestOverHttps : requestOverHttp)({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...authorization(proxy) },
      agent: false,
      timeout: timeoutMs,
    })
    request.once('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) {
        secure({ ...target, httpSocket: socket }, callback)
        return
      }
      socket.destroy()
      refuse(statusCode)
    })
    request.once('response', (response) => {
      response.destroy()
      refuse(response.statusCode)
    })
    request.once('timeout', () => request.destroy(new Error('no answer in time')))
    request.once('error', (error) => callback(unusable(proxy, error), null))
    request.end()
  }
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}
