// The MCP servers of a snapshot, ready to be called: where each is, what goes with a call, or why it cannot be used.
import { McpAuthError } from '../core/errors.ts'
import { isKnownCaller, refuseArguments, type JudgeArguments } from '../core/mcp-access.ts'
import { Secret } from '../core/secret.ts'
import type { AppSnapshot, McpServerSpec } from '../core/snapshot.ts'
import { judgeUrl } from '../core/trusted-url.ts'
import { judgeOf, judgeProblem } from '../json-schema/judge.ts'
import type { Bridge } from './bridge/bridge.ts'
import type { Bridges } from './bridge/bridges.ts'
import { provisionMcpCredential, type McpCredential, type TokenParts } from './mcp-credentials.ts'
import type { HeaderChange } from './outgoing-headers.ts'
import type { Upstream } from './upstreams.ts'

export interface McpParts extends TokenParts {
  readonly bridges: Pick<Bridges, 'get'>
}

/** How a usable server is called. */
export interface McpAccess {
  /** Its `basePath` is the whole of the server's URL after the origin. */
  readonly upstream: Upstream
  readonly headers: readonly HeaderChange[]
  readonly headTimeoutMs: number | undefined
  /** Stands between streamable HTTP and another transport, where the server has one. */
  readonly bridge: Bridge | undefined
  /** Puts the token on a request, where the server asks for one. */
  readonly credential: McpCredential | undefined
}

export interface McpServer {
  readonly spec: McpServerSpec
  /** Judges the arguments that its policy has schemas for. */
  readonly judge: JudgeArguments
  /** The way to it, or the ERR_MCP_SERVER_UNUSABLE that says why there is none. */
  readonly access: McpAccess | McpAuthError
}

export class McpServers {
  readonly #servers: ReadonlyMap<string, McpServer>

  /** Does no I/O. */
  constructor(specs: readonly McpServerSpec[], parts: McpParts) {
    this.#servers = new Map(specs.map((spec) => [spec.name, serverOf(spec, parts)]))
  }

  get(name: string): McpServer | undefined {
    return this.#servers.get(name)
  }

  /** Those that the App ID is granted anything of, usable or not. */
  grantedTo(appId: string): readonly McpServer[] {
    return [...this.#servers.values()].filter(({ spec }) => isKnownCaller(spec.policy, appId))
  }

  get upstreams(): readonly Upstream[] {
    return this.#accesses.map(({ upstream }) => upstream)
  }

  get bridges(): readonly Bridge[] {
    return this.#accesses.flatMap(({ bridge }) => (bridge === undefined ? [] : [bridge]))
  }

  /** Gives the token sources back. */
  close(): void {
    for (const { credential } of this.#accesses) credential?.close()
  }

  get #accesses(): readonly McpAccess[] {
    return [...this.#servers.values()].flatMap(({ access }) =>
      access instanceof McpAuthError ? [] : [access],
    )
  }
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

function serverOf(spec: McpServerSpec, parts: McpParts): McpServer {
  const judged = judgeOf(spec.policy)
  if (judged.ok) return { spec, judge: judged.judge, access: accessOf(spec, parts) }
  const { message, hint } = judgeProblem(judged)
  return { spec, judge: refuseArguments, access: unusable(spec, message, hint) }
}

function accessOf(spec: McpServerSpec, parts: McpParts): McpAccess | McpAuthError {
  const problem = problemOf(spec)
  if (problem !== undefined) return problem
  const { transport } = spec
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
    headTimeoutMs: timeoutOf(spec),
    credential: provisionMcpCredential(spec, parts),
  }
}

/** A process has no address: what takes the place of one goes into no message. */
function stdioAccess(spec: McpServerSpec, { bridges }: McpParts): McpAccess | McpAuthError {
  const label = `The process of the MCP server ${spec.name}`
  const upstream = { origin: 'http://localhost', basePath: '', label }
  const bridge = bridges.get(spec, upstream)
  if (bridge === undefined) return unusable(spec, 'No processes are started here.')
  return { upstream, bridge, headers: [], headTimeoutMs: timeoutOf(spec), credential: undefined }
}

function timeoutOf({ transport }: McpServerSpec): number | undefined {
  return transport.timeoutSeconds > 0 ? transport.timeoutSeconds * 1000 : undefined
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
