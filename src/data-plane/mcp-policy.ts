// What the access policy of an MCP server says of a request, and the answers that say no.
import { McpAuthError } from '../core/errors.ts'
import type { Reply } from '../core/exchange.ts'
import { brokenText } from '../core/mcp-denial.ts'
import {
  decideMcpAccess,
  isGrantedAny,
  isKnownCaller,
  type ArgumentProblem,
  type JudgeArguments,
  type McpCapability,
} from '../core/mcp-access.ts'
import { clip, quote, shellWord } from '../core/quote.ts'
import type { McpServerSpec } from '../core/snapshot.ts'
import type { RpcId, RpcMessage } from '../mcp/message.ts'
import { isAboutTask, mirroredName, wantedBy } from '../mcp/question.ts'
import type { AccessNotes } from './access-log.ts'
import { errorReply } from './reply.ts'
import { rpcErrorObject } from './rpc-error.ts'

/** Throws ERR_MCP_CALLER_NOT_GRANTED for a caller that no enforced rule is about. */
export function admitCaller(
  { name, policy }: McpServerSpec,
  caller: string | undefined,
  notes: AccessNotes,
): void {
  if (isKnownCaller(policy, caller)) return
  const trial = policy.rules
    .filter(({ mode }) => mode === 'shadow')
    .map((rule) => ({ ...rule, mode: 'enforce' as const }))
  if (isKnownCaller({ rules: trial }, caller))
    notes.shadow = 'a shadow rule would let the caller in'
  throw new McpAuthError(
    'ERR_MCP_CALLER_NOT_GRANTED',
    `The App ID ${caller ?? '(none)'} is granted nothing of the MCP server ${name}.`,
    { hint: `Grant it with: ${grantCommand(name, caller, 'TOOL')}` },
  )
}

/** The error of the first thing that a message wants and the caller is not granted; undefined when all is. */
export function denialOf(
  { spec, judge }: { readonly spec: McpServerSpec; readonly judge: JudgeArguments },
  caller: string | undefined,
  message: RpcMessage,
  notes: AccessNotes,
): McpAuthError | undefined {
  const { name: server, policy } = spec
  const wanted = wantedBy(message)
  if (wanted === undefined) {
    return new McpAuthError(
      'ERR_MCP_MESSAGE_INVALID',
      `The params of ${quote(message.method ?? '')} do not say what is wanted.`,
    )
  }
  if (isAboutTask(message) && !isGrantedAny(policy, caller, 'tools')) {
    return taskDenied(server, caller)
  }
  for (const one of wanted) {
    const { capability, name } = one
    const decision = decideMcpAccess(policy, { caller, ...one }, judge)
    if (decision.shadow !== undefined) {
      notes.shadow = `shadow rule ${decision.shadow + 1} grants ${capability} ${quote(name)}`
    }
    if (decision.allowed) continue
    return decision.reason === 'arguments'
      ? argumentsDenied({ server, caller, capability, name }, decision)
      : denied({ server, caller, capability, name })
  }
  return undefined
}

/** `tools/call add`: what the log says a message asks. */
export function describeMessage(message: RpcMessage): string {
  const { method } = message
  if (method === undefined) return 'response'
  const name = mirroredName(message)
  return name === undefined ? clip(method) : `${clip(method)} ${clip(name)}`
}

/** A refusal for clients of both kinds: a JSON-RPC error with the request's id, and Dapr's two fields beside it. */
export function rpcErrorReply(error: McpAuthError, id: RpcId | undefined, rpcCode?: number): Reply {
  const object = rpcErrorObject(error, id, rpcCode)
  const { message } = object.error
  return {
    ...errorReply(error),
    body: JSON.stringify({ ...object, errorCode: error.code, message }),
  }
}

interface Denied {
  readonly server: string
  readonly caller: string | undefined
  readonly capability: McpCapability
  readonly name: string
}

const nouns = {
  tools: ['tool', 'ERR_MCP_TOOL_DENIED'],
  resources: ['resource', 'ERR_MCP_RESOURCE_DENIED'],
  prompts: ['prompt', 'ERR_MCP_PROMPT_DENIED'],
} as const

function denied({ server, caller, capability, name }: Denied): McpAuthError {
  const [noun, code] = nouns[capability]
  const hint =
    capability === 'tools'
      ? `Grant it with: ${grantCommand(server, caller, name)}`
      : `Grant it in the MCPServerAccessPolicy of ${server}: capability ${capability}.`
  const who = caller ?? '(none)'
  return new McpAuthError(
    code,
    `The App ID ${who} is not granted the ${noun} ${quote(name)} of the MCP server ${server}.`,
    { hint },
  )
}

function taskDenied(server: string, caller: string | undefined): McpAuthError {
  return new McpAuthError(
    'ERR_MCP_TOOL_DENIED',
    `The App ID ${caller ?? '(none)'} is granted no tool of the MCP server ${server}, and so none of its tasks.`,
    { hint: `Grant one with: ${grantCommand(server, caller, 'TOOL')}` },
  )
}

function argumentsDenied(
  { server, caller, name }: Denied,
  { problem, rule }: { readonly problem: ArgumentProblem; readonly rule: number },
): McpAuthError {
  return new McpAuthError(
    'ERR_MCP_ARGUMENTS_DENIED',
    `The App ID ${caller ?? '(none)'} is granted the tool ${quote(name)} of the MCP server ${server} with other arguments only: ${brokenText(problem)}.`,
    { hint: `Rule ${rule + 1} of the MCPServerAccessPolicy of ${server} says which.` },
  )
}

function grantCommand(server: string, caller: string | undefined, tool: string): string {
  const words = [server, '--caller', caller ?? '*', '--allow-tools', tool].map(shellWord)
  return `mcpauth mcpserver access grant ${words.join(' ')}`
}
