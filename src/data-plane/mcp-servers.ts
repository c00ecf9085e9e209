// The MCP servers of a snapshot, ready to be called: where each is, what goes with a call, or why it cannot be used.
import { McpAuthError } from '../core/errors.ts'
import { isKnownCaller, refuseArguments, type JudgeArguments } from '../core/mcp-access.ts'
import { Secret } from '../core/secret.ts'
import type { AppSnapshot, McpServerSpec } from '../core/snapshot.ts'
import { judgeUrl } from '../core/trusted-url.ts'
import { judgeOf, judgeProblem } from '../json-schema/judge.ts'
import { provisionMcpCredential, type McpCredential, type TokenParts } from './mcp-credentials.ts'
import type { HeaderChange } from './outgoing-headers.ts'
import type { Upstream } from './upstreams.ts'

/** How a usable server is called. */
export interface McpAccess {
  /** Its `basePath` is the whole of the server's URL after the origin. */
  readonly upstream: Upstream
  readonly headers: readonly HeaderChange[]
  readonly headTimeoutMs: number | undefined
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
  constructor(specs: readonly McpServerSpec[], parts: TokenParts) {
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

function serverOf(spec: McpServerSpec, parts: TokenParts): McpServer {
  const judged = judgeOf(spec.policy)
  if (judged.ok) return { spec, judge: judged.judge, access: accessOf(spec, parts) }
  const { message, hint } = judgeProblem(judged)
  return { spec, judge: refuseArguments, access: unusable(spec, message, hint) }
}

function accessOf(spec: McpServerSpec, parts: TokenParts): McpAccess | McpAuthError {
  const problem = problemOf(spec)
  if (problem !== undefined) return problem
  const { transport } = spec
  if (transport.kind !== 'streamableHTTP') {
    return unusable(spec, `Its transport ${transport.kind} is not served yet.`)
  }
  const { origin, pathname, search } = new URL(transport.url)
  return {
    upstream: {
      origin,
      basePath: pathname + search,
      label: `The MCP server ${spec.name} at ${origin}`,
    },
    headers: transport.headers.map(({ name, value }) => ({
      name,
      value: value instanceof Secret ? value.reveal() : value,
      yields: true,
    })),
    headTimeoutMs: transport.timeoutSeconds > 0 ? transport.timeoutSeconds * 1000 : undefined,
    credential: provisionMcpCredential(spec, parts),
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
