// Connection pools to upstreams: one per origin or private socket, kept across reloads, never shared between origins.
import { Pool, type buildConnector, type Dispatcher } from 'undici'

import type { ClientTlsSpec } from '../core/snapshot.ts'
import { openProxiedPool } from './proxied-pool.ts'
import type { Proxies } from './proxies.ts'

export interface Upstream {
  /** `scheme://host[:port]`; a placeholder authority for a private socket. */
  readonly origin: string
  readonly socketPath?: string
  /** Path that comes before the request's own, without a trailing slash. */
  readonly basePath: string
  /** What it shares its connections with: with nothing else of another value, and absent with everything of its origin. */
  readonly pool?: string
  readonly tls?: ClientTlsSpec
  /** True when `clientTLS` of its manifest may say more about TLS. */
  readonly isEndpoint?: true
  /** How messages name it, such as `HTTPEndpoint mcp-server (https://mcp.example)`. */
  readonly label: string
}

const connectTimeout = 5_000
/** How long one of several addresses may take before the next one is tried as well, in ms (RFC 8305 §5). */
const addressTimeout = 250
/** Shorter than the keep-alive time of common servers (5 s), so that a pooled connection is rarely closed in use. */
const keepAliveTimeout = 4_000

export class UpstreamPools {
  readonly #pools = new Map<string, Dispatcher>()
  readonly #proxies: Proxies | undefined
  readonly #maxHeaderBytes: number

  /** `maxHeaderBytes` bounds the headers of an answer. HTTPEndpoints are called through `proxies`, where there are any. */
  constructor(maxHeaderBytes: number, proxies?: Proxies) {
    this.#proxies = proxies
    this.#maxHeaderBytes = maxHeaderBytes
  }

  get(upstream: Upstream): Dispatcher {
    const key = keyOf(upstream)
    let pool = this.#pools.get(key)
    if (pool === undefined) {
      pool = this.#open(upstream)
      this.#pools.set(key, pool)
    }
    return pool
  }

  /** Closes the pools that none of `inUse` needs any more, as soon as their requests are done. */
  retain(inUse: Iterable<Upstream>): void {
    const keys = new Set<string>()
    for (const upstream of inUse) keys.add(keyOf(upstream))
    for (const [key, pool] of this.#pools) {
      if (keys.has(key)) continue
      this.#pools.delete(key)
      void pool.close()
    }
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#pools.values()].map(async (pool) => pool.destroy()))
    this.#pools.clear()
  }

  #open(upstream: Upstream): Dispatcher {
    const { origin, isEndpoint } = upstream
    const connect = connectOptions(upstream)
    const pool = { ...poolOptions, maxHeaderSize: this.#maxHeaderBytes }
    const proxy = isEndpoint === true ? this.#proxies?.forOrigin(origin) : undefined
    return proxy === undefined
      ? new Pool(origin, { ...pool, connect })
      : openProxiedPool(origin, proxy, { pool, connect, timeoutMs: connectTimeout })
  }
}

function keyOf({ origin, socketPath, pool }: Upstream): string {
  return socketPath ?? (pool === undefined ? origin : `${origin} ${pool}`)
}

function connectOptions({ origin, socketPath, tls }: Upstream): buildConnector.BuildOptions {
  return {
    timeout: connectTimeout,
    // RFC 8305: an address that does not answer does not keep a call from the next one.
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: addressTimeout,
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(origin.startsWith('https:')
      ? { rejectUnauthorized: true, minVersion: 'TLSv1.2' as const }
      : {}),
    ...(tls?.rootCA === undefined ? {} : { ca: tls.rootCA }),
    ...(tls?.identity === undefined
      ? {}
      : { cert: tls.identity.certificate, key: tls.identity.privateKey.reveal() }),
  }
}

const poolOptions = {
  // A limit would make long-lived SSE streams starve other requests. The doors limit how many there can be.
  connections: null,
  pipelining: 1,
  allowH2: false,
  // Tools may think for minutes, and SSE streams may be silent for hours.
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout,
  strictContentLength: true,
} satisfies Pool.Options
