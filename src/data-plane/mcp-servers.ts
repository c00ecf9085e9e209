// The MCP servers of a snapshot, ready to be called: where each is, what goes with a call, or why it cannot be used.
import type { Clock } from '../core/clock.ts'
import { McpAuthError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { isKnownCaller } from '../core/mcp-access.ts'
import { Secret } from '../core/secret.ts'
import type { AppSnapshot, McpOAuth2Spec, McpServerSpec } from '../core/snapshot.ts'
import { judgeUrl } from '../core/trusted-url.ts'
import { attachment } from '../middleware/http/client-credentials.ts'
import type { Provisioned } from '../middleware/middleware.ts'
import type { Lease } from '../oauth/leases.ts'
import type { TokenSource } from '../oauth/token-source.ts'
import { acquireIssuerTokenSource } from '../oauth/token-sources.ts'
import type { Bridge } from './bridge/bridge.ts'
import type { Bridges } from './bridge/bridges.ts'
import type { HeaderChange } from './outgoing-headers.ts'
import type { Upstream } from './upstreams.ts'

export interface TokenParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly random: () => number
}

export interface McpParts extends TokenParts {
  readonly bridges: Bridges
}

/** How a usable server is called. */
export interface McpAccess {
  /** Its `basePath` is the whole of the server's URL after the origin. */
  readonly upstream: Upstream
  readonly headers: readonly HeaderChange[]
  readonly headTimeoutMs: number | undefined
  /** Stands between streamable HTTP and another transport, where the server has one. */
  readonly bridge: Bridge | undefined
  /** Puts the access token on a request, where the server asks for one. */
  readonly credential: Required<Pick<Provisioned, 'onRequest' | 'onResponse'>> | undefined
}

export interface McpServer {
  readonly spec: McpServerSpec
  /** The way to it, or the ERR_MCP_SERVER_UNUSABLE that says why there is none. */
  readonly access: McpAccess | McpAuthError
}

export class McpServers {
  readonly #servers: ReadonlyMap<string, McpServer>
  readonly #leases: Lease<TokenSource>[] = []

  /** Does no I/O. */
  constructor(specs: readonly McpServerSpec[], parts: McpParts) {
    this.#servers = new Map(
      specs.map((spec) => [spec.name, { spec, access: this.#accessOf(spec, parts) }]),
    )
  }

  get(name: string): McpServer | undefined {
    return this.#servers.get(name)
  }

  get upstreams(): readonly Upstream[] {
    return [...this.#servers.values()].flatMap(({ access }) =>
      access instanceof McpAuthError ? [] : [access.upstream],
    )
  }

  get bridges(): readonly Bridge[] {
    return [...this.#servers.values()].flatMap(({ access }) =>
      access instanceof McpAuthError || access.bridge === undefined ? [] : [access.bridge],
    )
  }

  /** Gives the token sources back. */
  close(): void {
    for (const lease of this.#leases) lease.release()
  }

  #accessOf(spec: McpServerSpec, parts: McpParts): McpAccess | McpAuthError {
    const problem = problemOf(spec)
    if (problem !== undefined) return problem
    const { transport, oauth2 } = spec
    if (transport.kind === 'stdio') return stdioAccess(spec, parts)
    const { origin, pathname, search } = new URL(transport.url)
    const upstream = {
      origin,
      basePath: pathname + search,
      label: `The MCP server ${spec.name} at ${origin}`,
    }
    return {
      upstream,
      bridge: parts.bridges.get(spec, upstream),
      headers: transport.headers.map(({ name, value }) => ({
        name,
        value: value instanceof Secret ? value.reveal() : value,
        yields: true,
      })),
      headTimeoutMs: transport.timeoutSeconds > 0 ? transport.timeoutSeconds * 1000 : undefined,
      credential: oauth2 === undefined ? undefined : this.#credential(oauth2, parts),
    }
  }

  #credential(oauth2: McpOAuth2Spec, parts: TokenParts): McpAccess['credential'] {
    const lease = acquireIssuerTokenSource(
      oauth2.issuer,
      {
        tokenUrl: new URL(oauth2.issuer),
        clientId: oauth2.clientId,
        clientSecret: oauth2.clientSecret,
        authStyle: 0,
        scopes: [...new Set(oauth2.scopes)],
        params: oauth2.audience === undefined ? [] : [['audience', oauth2.audience]],
      },
      parts,
    )
    this.#leases.push(lease)
    return attachment(lease.value, 'Authorization', () => true)
  }
}

/** A process has no address: what takes the place of one goes into no message. */
function stdioAccess(spec: McpServerSpec, { bridges }: McpParts): McpAccess | McpAuthError {
  const label = `The process of the MCP server ${spec.name}`
  const upstream = { origin: 'http://localhost', basePath: '', label }
  const bridge = bridges.get(spec, upstream)
  if (bridge === undefined) return unusable(spec, 'No processes are started here.')
  return { upstream, bridge, headers: [], headTimeoutMs: undefined, credential: undefined }
}

/** What `GET /v1.0/diagrid/mcp` answers: the servers that this App ID may use. */
export function listMcpServers({ appId, mcpServers }: AppSnapshot): object {
  const usable = mcpServers.filter(
    ({ isEnabled, policy }) => isEnabled && isKnownCaller(policy, appId),
  )
  return {
    mcpServers: usable.map(({ name, displayName }) => ({
      name,
      displayName,
      path: `/v1.0/diagrid/mcp/${name}`,
    })),
  }
}

function problemOf(spec: McpServerSpec): McpAuthError | undefined {
  const { problem, transport, oauth2 } = spec
  if (!spec.isEnabled) {
    return unusable(spec, 'It is disabled.', `Run: mcpauth mcpserver enable ${spec.name}`)
  }
  if (problem !== undefined) return unusable(spec, problem.message, problem.hint)
  if (transport.kind !== 'stdio' && !URL.canParse(transport.url)) {
    return unusable(spec, 'Its URL is not valid.')
  }
  const issuer = oauth2 === undefined ? undefined : judgeUrl(oauth2.issuer)
  return issuer?.ok === false
    ? unusable(spec, `Its issuer ${issuer.problem}.`, issuer.hint)
    : undefined
}

function unusable(spec: McpServerSpec, reason: string, hint?: string): McpAuthError {
  const message = `The MCP server ${spec.name} cannot be used. ${reason}`
  return new McpAuthError('ERR_MCP_SERVER_UNUSABLE', message, {
    place: spec.problem?.place ?? spec.place,
    ...(hint === undefined ? {} : { hint }),
  })
}
