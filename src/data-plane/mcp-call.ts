// A call to an MCP server: caller granted → body read → headers agree → everything asked for granted → credentials → upstream.
import { McpAuthError } from '../core/errors.ts'
import type { ResponseHead } from '../core/exchange.ts'
import { anyArguments, decideMcpAccess, type McpCapability } from '../core/mcp-access.ts'
import { encodingProblem } from '../mcp/body-encoding.ts'
import { eraOf, hasEnded, headerConflict } from '../mcp/era.ts'
import { EventFilter, largestEvent, UnreadableEvent } from '../mcp/event-filter.ts'
import { filterResponses, mayAskForList, type ListFilter } from '../mcp/list-filter.ts'
import { parseBody, type RpcId, type RpcMessage } from '../mcp/message.ts'
import { listenMethod, listOf, type ListKind } from '../mcp/question.ts'
import type { ActiveSnapshot } from './active-snapshot.ts'
import type { Call } from './call.ts'
import { forward, type BodyRewrite } from './forward.ts'
import { denialOf, admitCaller, describeMessage, rpcErrorReply } from './mcp-policy.ts'
import { listMcpServers, type McpAccess, type McpServer } from './mcp-servers.ts'
import { outgoingHeaders } from './outgoing-headers.ts'
import type { ProxyExchange } from './proxy-exchange.ts'
import { sendReply } from './reply.ts'

const mcpPath = /^\/v1\.0\/(?:diagrid\/)?mcp(?:\/(.*))?$/

export function isMcpPath(path: string): boolean {
  return mcpPath.test(path)
}

/** The name of the server that a path leads to; empty for the listing. */
export function mcpServerInPath(path: string): string {
  return (mcpPath.exec(path)?.[1] ?? '').replace(/\/$/, '')
}

/** Serves a request whose path `isMcpPath`. Throws McpAuthError when nothing was answered. */
export async function serveMcp(call: Call): Promise<void> {
  const { active, exchange } = call
  const name = mcpServerInPath(exchange.path)
  if (name === '') return list(call)
  const { server, access } = admit(call, active)
  if (exchange.method === 'POST') return post(call)
  if (exchange.body.length !== 0) {
    throw new McpAuthError('REQUEST_MALFORMED', 'This request must not have a body.')
  }
  // A broken stream goes on here: answers to lists may come again.
  const isStream = exchange.method === 'GET'
  if (isStream) keepWatch(call, server)
  return send(call, server, access, isStream ? filterFor(call, server, []) : undefined)
}

/** What was let through once may go on for days. */
function keepWatch({ exchange, mcpStreams, notes, response }: Call, { spec }: McpServer): void {
  const { name: server, policy } = spec
  mcpStreams.add({ server, caller: exchange.caller.appId, policy, response, notes })
}

interface Admitted {
  readonly server: McpServer
  readonly access: McpAccess
}

/** The server of a request, if it is there, can be used, and its caller is granted anything of it. */
function admit({ exchange, notes }: Call, active: ActiveSnapshot): Admitted {
  const name = mcpServerInPath(exchange.path)
  const server = active.mcpServers.get(name)
  if (server === undefined) throw unknownServer()
  notes.target = `mcp:${name}`
  if (!['GET', 'POST', 'DELETE'].includes(exchange.method)) {
    throw new McpAuthError(
      'METHOD_NOT_ALLOWED',
      'An MCP server is called with POST, GET or DELETE.',
    )
  }
  if (server.access instanceof McpAuthError) throw server.access
  admitCaller(server.spec, exchange.caller.appId, notes)
  if (exchange.query !== '') {
    throw new McpAuthError('REQUEST_MALFORMED', 'The URL of an MCP server takes no query here.', {
      hint: 'Write what the upstream needs into the URL of the MCPServer.',
    })
  }
  return { server, access: server.access }
}

function list(call: Call): void {
  const { active, exchange, response } = call
  if (exchange.method !== 'GET') {
    throw new McpAuthError('METHOD_NOT_ALLOWED', 'The list of MCP servers is read with GET.')
  }
  const headers = ['content-type', 'application/json', 'cache-control', 'no-store']
  const body = JSON.stringify(listMcpServers(active.snapshot))
  exchange.body.discard()
  sendReply(response, { status: 200, headers, body })
}

async function post(call: Call): Promise<void> {
  const { exchange, notes } = call
  const encoding = encodingProblem(exchange.headers)
  if (encoding !== undefined) throw new McpAuthError('ERR_MCP_MESSAGE_INVALID', encoding)
  const body = await exchange.body.whole()
  // It may have taken its caller hours, and what was granted at its start may be revoked by now.
  const { server, access } = admit(call, call.latest())
  const parsed = parseBody(body)
  if (!parsed.ok) {
    const error = new McpAuthError('ERR_MCP_MESSAGE_INVALID', `The body ${parsed.problem}.`)
    return refuse(call, error, parsed.id, parsed.rpcCode)
  }
  const { messages, isBatch } = parsed
  notes.rpc = messages.slice(0, 10).map(describeMessage).join(', ')
  // No one message of a batch is what was refused.
  const idOf = (message: RpcMessage): RpcId | undefined => (isBatch ? undefined : message.id)
  const conflict = headerConflict(messages, isBatch, exchange.headers)
  if (conflict !== undefined) {
    const error = new McpAuthError('ERR_MCP_HEADER_MISMATCH', `${conflict}.`)
    return refuse(call, error, idOf(messages[0]))
  }
  for (const message of messages) {
    const denial = denialOf(server, exchange.caller.appId, message, notes)
    if (denial === undefined) continue
    const isUnknown =
      denial.code === 'ERR_MCP_MESSAGE_INVALID' && hasEnded(message, exchange.headers)
    return refuse(call, isUnknown ? unknownMethod() : denial, idOf(message))
  }
  if (messages.some(({ method }) => method === listenMethod)) keepWatch(call, server)
  // Whatever was asked: a server sends the answer of two requests of one id to the later one.
  return send(call, server, access, filterFor(call, server, messages))
}

function refuse(call: Call, error: McpAuthError, id: RpcId | undefined, rpcCode?: number): void {
  const reply = rpcErrorReply(error, id, rpcCode)
  call.notes.reason = reply.reason
  call.exchange.body.discard()
  sendReply(call.response, reply)
}

function filterFor(call: Call, server: McpServer, messages: readonly RpcMessage[]): ListFilter {
  const { headers, caller } = call.exchange
  const asked = new Map<RpcId, ListKind | undefined>()
  for (const { id, method } of messages) {
    if (id === undefined || method === undefined) continue
    asked.set(id, listOf(method))
  }
  const isAllowed = (capability: McpCapability, name: string): boolean => {
    // A stream may bring a list long after it began.
    const policy = call.current().mcpServers.get(server.spec.name)?.spec.policy
    if (policy === undefined) return false
    return decideMcpAccess(policy, {
      caller: caller.appId,
      capability,
      name,
      arguments: anyArguments,
    }).allowed
  }
  return {
    isAllowed,
    asked,
    hasCacheScope: messages.some((message) => eraOf(message, headers) === 'modern'),
  }
}

async function send(
  call: Call,
  server: McpServer,
  access: McpAccess,
  filter: ListFilter | undefined,
): Promise<void> {
  const { exchange, pools, response } = call
  const { upstream, credential, bridge } = access
  dropCallersOwn(exchange, server)
  if (filter !== undefined) exchange.headers.set('accept-encoding', 'identity')
  const outcome = credential?.onRequest(exchange)
  const reply = outcome instanceof Promise ? await outcome : outcome
  if (reply !== undefined) {
    call.notes.reason = reply.reason
    exchange.body.discard()
    sendReply(response, reply)
    return
  }
  await forward(exchange, response, {
    pools: bridge === undefined ? pools : { get: () => bridge },
    upstream,
    path: '',
    outgoingHeaders: () => outgoingHeaders(exchange, upstream, access.headers),
    onHead: (head) => judge(head, server, credential?.onResponse(exchange, head)),
    rewrite: (head) => (filter === undefined ? undefined : rewriteOf(head, filter, upstream.label)),
    // A stream that only the server speaks on may have nothing to say for long.
    ...(access.headTimeoutMs === undefined || exchange.method === 'GET'
      ? {}
      : { headTimeoutMs: access.headTimeoutMs }),
  })
}

/**
 * The server is called with mcpauth's credentials, and with nobody else's; what a browser says of itself ends here, and so
 * does what a server that reads `_` as `-` takes for a header of the MCPServer.
 */
function dropCallersOwn({ headers }: ProxyExchange, { spec }: McpServer): void {
  const own = /^-*(?:(?:proxy-)?authorization-*|origin|referer|sec-.*|dapr-.*)$/
  const { transport, svid } = spec
  const set = transport.kind === 'stdio' ? [] : transport.headers.map(({ name }) => name)
  if (svid !== undefined) set.push(svid.header)
  const likeSet = new Map(set.map((name) => [dashed(name), name.toLowerCase()]))
  const names = headers.raw.filter((_text, index) => index % 2 === 0)
  for (const name of new Set(names.map((text) => text.toLowerCase()))) {
    const read = dashed(name)
    if (own.test(read) || (likeSet.get(read) ?? name) !== name) headers.delete(name)
  }
}

function dashed(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}

type Verdict = 'retry' | undefined

/** Throws for answers that are about the way to the server, and would mislead the caller. */
function judge(
  head: ResponseHead,
  server: McpServer,
  verdict: Verdict | Promise<Verdict>,
): Verdict | Promise<Verdict> {
  if (verdict instanceof Promise) return verdict.then((settled) => judgeHead(head, server, settled))
  return judgeHead(head, server, verdict)
}

function judgeHead({ status }: ResponseHead, { spec }: McpServer, verdict: Verdict): Verdict {
  if (verdict === 'retry') return verdict
  if (status === 401 || status === 403) {
    throw new McpAuthError(
      'ERR_MCP_UPSTREAM_REFUSED',
      `The MCP server ${spec.name} answered ${status} to the credential that mcpauth sent.`,
      { hint: 'Check the headers and auth of its MCPServer.' },
    )
  }
  // A client that followed it would take what it sends to its sidecar, its API token too, to another place.
  if (status >= 300 && status < 400 && status !== 304) {
    throw new McpAuthError(
      'UPSTREAM_INVALID',
      `The MCP server ${spec.name} answered with a redirect (${status}), which is never followed.`,
      {
        hint: 'Write the URL it leads to into the MCPServer; often only the slash at the end differs.',
      },
    )
  }
  return undefined
}

const staleAfterRewrite = ['content-length', 'etag', 'content-md5', 'digest', 'content-digest']

function rewriteOf(
  { status, headers }: ResponseHead,
  filter: ListFilter,
  label: string,
): BodyRewrite | undefined {
  if (status < 200 || status > 299 || status === 204) return undefined
  const type = mediaType(headers.get('content-type'))
  // No client reads a message out of anything else.
  const isMessage = ['text/event-stream', 'application/json'].includes(type)
  if (!isMessage && !mayAskForList(filter)) return undefined
  const unreadable = (problem: string): McpAuthError =>
    new McpAuthError('UPSTREAM_INVALID', `${label} answered with ${problem}.`)
  const encoding = headers.get('content-encoding')
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw unreadable('a content encoding that was not asked for')
  }
  for (const name of staleAfterRewrite) headers.delete(name)
  const rewrite = (text: string): string | undefined => filterResponses(text, filter)
  return type === 'text/event-stream'
    ? eventRewrite(new EventFilter(rewrite), unreadable)
    : wholeRewrite(rewrite, unreadable)
}

function mediaType(contentType = ''): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase()
}

function eventRewrite(events: EventFilter, unreadable: (problem: string) => Error): BodyRewrite {
  return {
    isWhole: false,
    write: (chunk) => {
      try {
        return events.write(chunk)
      } catch (error) {
        throw error instanceof UnreadableEvent ? unreadable(error.message) : error
      }
    },
    end: () => events.end(),
  }
}

function wholeRewrite(
  rewrite: (text: string) => string | undefined,
  unreadable: (problem: string) => Error,
): BodyRewrite {
  const chunks: Buffer[] = []
  let size = 0
  const nothing = Buffer.alloc(0)
  return {
    isWhole: true,
    write: (chunk) => {
      size += chunk.length
      if (size > largestEvent) throw unreadable('an answer that is too large')
      chunks.push(Buffer.from(chunk))
      return nothing
    },
    end: () => {
      if (size === 0) return nothing
      const rewritten = rewrite(Buffer.concat(chunks).toString())
      if (rewritten === undefined) throw unreadable('an answer that is no JSON')
      return Buffer.from(rewritten)
    },
  }
}

function unknownMethod(): McpAuthError {
  return new McpAuthError('ERR_MCP_METHOD_UNKNOWN', 'This revision of MCP has no such method.')
}

function unknownServer(): McpAuthError {
  return new McpAuthError(
    'ERR_MCP_SERVER_UNKNOWN',
    'No MCP server of that name exists in the project, or it is out of scope.',
    { hint: 'The URL ends with the name of the server; GET /v1.0/diagrid/mcp lists them.' },
  )
}
