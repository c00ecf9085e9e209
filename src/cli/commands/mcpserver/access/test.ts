// `mcpauth mcpserver access test` tells whether a caller may use something of an MCP server, and which rule says so.
import { McpAuthError } from '../../../../core/errors.ts'
import {
  anyArguments,
  decideMcpAccess,
  type McpAccessDecision,
  type McpAccessPolicy,
  type McpAccessQuestion,
  type McpAccessRule,
} from '../../../../core/mcp-access.ts'
import type { JsonObject } from '../../../../core/json.ts'
import { brokenText } from '../../../../core/mcp-denial.ts'
import { defineCommand } from '../../../command.ts'
import { namesText, noticeUnknownCallers, serverArgument } from '../../../mcp-access.ts'
import { outputOption, projectOption } from '../../../options.ts'
import { argumentOptions, toolArguments } from '../../../tool-arguments.ts'

export const mcpServerAccessTest = defineCommand({
  description:
    'Reads the stored policy as a sidecar does; the server is not called. Where a rule says which arguments a tool takes, a ' +
    'call without --arg and --args is one without arguments.',
  args: { name: serverArgument },
  options: {
    caller: {
      type: 'string',
      value: 'APP-ID',
      completes: 'app-ids',
      required: true,
      description: 'Who calls',
    },
    tool: { type: 'string', value: 'NAME', description: 'The tool that is called' },
    resource: { type: 'string', value: 'URI', description: 'Or the resource that is read' },
    prompt: { type: 'string', value: 'NAME', description: 'Or the prompt that is asked for' },
    ...argumentOptions,
    project: projectOption,
    output: outputOption,
  },
  exitCodes: { 0: 'Allowed', 1: 'Denied, or failed', 2: 'The command line is wrong' },
  examples: [
    'mcpauth mcpserver access test calculator --caller mcp-client --tool add',
    'mcpauth mcpserver access test bank --caller agent --tool transfer --arg amount=50',
  ],
  async run(context, { args, options }) {
    const question = questionOf(options)
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const { policy, isEnabled } = plane.mcpServers.get(project, args.name)
    const decision = await decide(policy, question)
    const answer = { server: args.name, question, decision, rules: policy.rules }
    noticeUnknownCallers(context, { plane, project }, [options.caller])
    if (!isEnabled) {
      context.notice(`MCPServer "${args.name}" is disabled: calls are refused whatever is allowed.`)
    }
    return {
      json: () => jsonOf(answer, isEnabled),
      names: () => [decision.allowed ? 'allowed' : 'denied'],
      text: () => textOf(answer),
      exitCode: decision.allowed ? 0 : 1,
    }
  },
})

/** Throws ERR_MCP_SERVER_UNUSABLE where a sidecar refuses every call, because a schema of the policy cannot be used. */
async function decide(policy: McpAccessPolicy, question: Question): Promise<McpAccessDecision> {
  const { judgeOf, judgeProblem } = await import('../../../../json-schema/judge.ts')
  const judged = judgeOf(policy)
  if (judged.ok) return decideMcpAccess(policy, question, judged.judge)
  const { message, hint } = judgeProblem(judged)
  throw new McpAuthError('ERR_MCP_SERVER_UNUSABLE', message, { hint })
}

interface Asked {
  readonly caller: string
  readonly tool: string | undefined
  readonly resource: string | undefined
  readonly prompt: string | undefined
  readonly arg: readonly string[]
  readonly args: string | undefined
}

type Question = McpAccessQuestion & { readonly caller: string }

/** Throws USAGE unless exactly one thing is asked for. */
function questionOf({ caller, tool, resource, prompt, ...values }: Asked): Question {
  const given = [
    { capability: 'tools', name: tool },
    { capability: 'resources', name: resource },
    { capability: 'prompts', name: prompt },
  ] as const
  const [only, ...others] = given.filter(({ name }) => name !== undefined)
  if (only?.name !== undefined && others.length === 0) {
    const { capability, name } = only
    if (capability === 'tools')
      return { caller, capability, name, arguments: toolArguments(values) }
    if (values.arg.length > 0 || values.args !== undefined) {
      throw new McpAuthError('USAGE', 'Only tools have arguments that are judged.', {
        hint: 'Leave out --arg and --args.',
      })
    }
    return { caller, capability, name, arguments: anyArguments }
  }
  throw new McpAuthError('USAGE', 'It takes one of --tool, --resource and --prompt.', {
    hint: 'Pass --tool NAME.',
  })
}

interface Answer {
  readonly server: string
  readonly question: Question
  readonly decision: McpAccessDecision
  readonly rules: readonly McpAccessRule[]
}

const singular = { tools: 'tool', resources: 'resource', prompts: 'prompt' } as const

function textOf({ server, question, decision, rules }: Answer): string {
  const { caller, capability, name } = question
  const what = `${singular[capability]} "${name}" of MCPServer "${server}"`
  const shadow =
    decision.shadow === undefined ? '' : `  shadow rule ${decision.shadow + 1} would grant it\n`
  if (decision.allowed) {
    const rule = rules[decision.rule]
    const said =
      rule === undefined
        ? ''
        : `: callers ${rule.callers.join(', ')}; ${capability} ${namesText(rule, capability)}`
    const line = `ALLOWED: "${caller}" may use ${what}\n`
    return `${line}  by rule ${decision.rule + 1}${said}\n${shadow}`
  }
  if (decision.reason === 'arguments') {
    const why = `rule ${decision.rule + 1} grants it with other arguments only (403): ${brokenText(decision.problem)}`
    return `DENIED: "${caller}" may not use ${what}\n  ${why}\n${shadow}`
  }
  const why =
    decision.reason === 'caller'
      ? 'no rule is about this caller: for it the server does not exist (404)'
      : `no rule for this caller grants this name (403)`
  const flag = `--allow-${capability}`
  const grant = `mcpauth mcpserver access grant ${server} --caller ${quoted(caller)} ${flag} ${quoted(name)}`
  return `DENIED: "${caller}" may not use ${what}\n  ${why}\n${shadow}  to allow it: ${grant}\n`
}

/** For a shell. */
function quoted(name: string): string {
  return /^[\w./:@-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`
}

function jsonOf({ server, question, decision, rules }: Answer, isEnabled: boolean) {
  const { caller, capability, name } = question
  const rule = decision.allowed ? rules[decision.rule] : undefined
  return {
    allowed: decision.allowed,
    server,
    enabled: isEnabled,
    caller,
    capability,
    name,
    ...(decision.allowed
      ? { rule: decision.rule, callers: [...(rule?.callers ?? [])] }
      : reasonOf(decision)),
    ...(decision.shadow === undefined ? {} : { shadow: decision.shadow }),
  }
}

function reasonOf(decision: Exclude<McpAccessDecision, { readonly allowed: true }>): JsonObject {
  if (decision.reason !== 'arguments') return { reason: decision.reason }
  const { path, keyword } = decision.problem
  return { reason: 'arguments', rule: decision.rule, path, keyword }
}
