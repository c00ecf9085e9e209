// A snapshot made ready to serve: pipelines compiled, targets indexed, upstreams prepared. Immutable; a reload makes a new one.
import { Secret } from '../core/secret.ts'
import type { AppSnapshot, EndpointSpec, PeerSpec } from '../core/snapshot.ts'
import { McpAuthError } from '../core/errors.ts'
import { accessControlCheck, type AccessControlCheck } from './access-control.ts'
import type { HandlerLease } from './handlers.ts'
import { McpServers, type McpParts } from './mcp-servers.ts'
import { compilePipeline, type Pipeline } from './pipeline.ts'
import type { Breakers } from './resiliency/breakers.ts'
import { protectionOf, type ProtectionOf } from './resiliency/protection.ts'
import { targetsOf, type Targets } from './route.ts'
import type { Upstream } from './upstreams.ts'

/** What a sidecar has beyond its snapshots. */
export interface ActiveParts extends McpParts {
  readonly breakers: Breakers
}

export class ActiveSnapshot {
  readonly snapshot: AppSnapshot
  readonly httpPipeline: Pipeline
  readonly appHttpPipeline: Pipeline
  /** Undefined when everybody may call. */
  readonly accessControl: AccessControlCheck | undefined
  readonly targets: Targets
  /** The application, or undefined when the App ID serves nothing. */
  readonly app: Upstream | undefined
  readonly mcpServers: McpServers
  /** The policies for a target and path, and undefined for those without; absent when no Resiliency is in scope. */
  readonly protection: ProtectionOf | undefined
  readonly #endpoints: ReadonlyMap<string, Upstream>
  readonly #peers: ReadonlyMap<string, Upstream>
  readonly #lease: HandlerLease
  #users = 1

  /** Gives the lease back when the snapshot cannot be made ready. */
  static activate(
    snapshot: AppSnapshot,
    lease: HandlerLease,
    allowedUrls: ReadonlySet<string>,
    parts: ActiveParts,
  ): ActiveSnapshot {
    try {
      return new ActiveSnapshot(snapshot, lease, allowedUrls, parts)
    } catch (error) {
      lease.release()
      throw error
    }
  }

  private constructor(
    snapshot: AppSnapshot,
    lease: HandlerLease,
    allowedUrls: ReadonlySet<string>,
    parts: ActiveParts,
  ) {
    this.snapshot = snapshot
    this.#lease = lease
    this.httpPipeline = this.#compile('httpPipeline')
    this.appHttpPipeline = this.#compile('appHttpPipeline')
    this.accessControl = accessControlCheck(snapshot)
    this.targets = targetsOf(snapshot, allowedUrls)
    this.app =
      snapshot.app.url === undefined
        ? undefined
        : urlUpstream(
            snapshot.app.url,
            `The app of ${snapshot.appId} at ${originOf(snapshot.app.url)}`,
          )
    this.#endpoints = new Map(
      snapshot.endpoints
        .filter((endpoint) => endpoint.problem === undefined)
        .map((endpoint) => [endpoint.name, endpointUpstream(endpoint)]),
    )
    this.#peers = new Map(snapshot.peers.flatMap((peer) => peerUpstream(peer)))
    this.protection =
      snapshot.resiliency === undefined
        ? undefined
        : protectionOf(snapshot.resiliency, parts.breakers, parts)
    // Last: what it holds is given back by release alone.
    this.mcpServers = new McpServers(snapshot.mcpServers, parts)
  }

  get upstreams(): readonly Upstream[] {
    const own = this.app === undefined ? [] : [this.app]
    const named = [...this.targets.allowedUrls].map((origin) => urlUpstream(origin, origin))
    return [
      ...own,
      ...this.#endpoints.values(),
      ...this.#peers.values(),
      ...this.mcpServers.upstreams,
      ...named,
    ]
  }

  endpointUpstream(endpoint: EndpointSpec): Upstream {
    const upstream = this.#endpoints.get(endpoint.name)
    if (upstream !== undefined) return upstream
    throw new McpAuthError(
      'HANDLER_UNUSABLE',
      `The HTTPEndpoint ${endpoint.name} cannot be used. ${endpoint.problem?.message ?? ''}`,
      { place: endpoint.problem?.place ?? endpoint.place, ...hintOf(endpoint.problem) },
    )
  }

  peerUpstream(peer: PeerSpec): Upstream {
    const upstream = this.#peers.get(peer.appId)
    if (upstream !== undefined) return upstream
    throw new McpAuthError(
      'INVOKE_TARGET_OFFLINE',
      `Nothing serves the App ID ${peer.appId} now.`,
      {
        hint: `Start it with: mcpauth dev run --app-id ${peer.appId} --app-port <port> -- <command>`,
      },
    )
  }

  /** Counts a request that uses this snapshot; call `release` when it is done. */
  acquire(): this {
    this.#users += 1
    return this
  }

  /** The last user closes the handlers that no other snapshot shares. */
  release(): void {
    this.#users -= 1
    if (this.#users > 0) return
    this.#lease.release()
    this.mcpServers.close()
  }

  #compile(name: 'httpPipeline' | 'appHttpPipeline'): Pipeline {
    const { problem } = this.snapshot
    if (problem !== undefined) {
      const message = `The Configuration of ${this.snapshot.appId} cannot be used. ${problem.message}`
      return {
        handlers: [],
        problem: new McpAuthError('HANDLER_UNUSABLE', message, hintOf(problem)),
      }
    }
    const specs = this.snapshot[name]
    return compilePipeline(specs, (spec) => this.#lease.provision(name, spec, specs))
  }
}

/** Splits an absolute URL into pool origin and base path. */
export function urlUpstream(url: string, label: string): Upstream {
  const { origin, pathname } = new URL(url)
  return { origin, basePath: pathname.replace(/\/+$/, ''), label }
}

/** A header or token value as it goes on the wire. */
export function wireValue(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value
}

function endpointUpstream({ name, baseUrl, tls }: EndpointSpec): Upstream {
  return {
    ...urlUpstream(baseUrl, `The HTTPEndpoint ${name} at ${originOf(baseUrl)}`),
    pool: `${name} ${tls?.digest ?? ''}`,
    ...(tls === undefined ? {} : { tls }),
    isEndpoint: true,
  }
}

function peerUpstream(peer: PeerSpec): [string, Upstream][] {
  if (peer.socketPath !== undefined) {
    const label = `The sidecar of ${peer.appId}`
    return [
      [
        peer.appId,
        { origin: 'http://localhost', socketPath: peer.socketPath, basePath: '', label },
      ],
    ]
  }
  if (peer.endpoint === undefined) return []
  const { url } = peer.endpoint
  return [[peer.appId, urlUpstream(url, `The appEndpoint of ${peer.appId} at ${originOf(url)}`)]]
}

function originOf(url: string): string {
  return new URL(url).origin
}

function hintOf(problem: { readonly hint?: string } | undefined): { hint?: string } {
  return problem?.hint === undefined ? {} : { hint: problem.hint }
}
