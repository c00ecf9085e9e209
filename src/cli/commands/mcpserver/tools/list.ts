// `mcpauth mcpserver tools list` asks an MCP server for its tools, and shows who may use each.
import { McpAuthError } from '../../../../core/errors.ts'
import type { Json } from '../../../../core/json.ts'
import { matchesWildcard, type McpAccessPolicy } from '../../../../core/mcp-access.ts'
import { clip, printable } from '../../../../core/quote.ts'
import type { McpTool } from '../../../../dev/mcp-client.ts'
import { defineCommand } from '../../../command.ts'
import { serverArgument } from '../../../mcp-access.ts'
import { outputOption, projectOption } from '../../../options.ts'
import { table } from '../../../output/table.ts'
import { sidecarWorld } from '../../../sidecar-world.ts'

export const mcpServerToolsList = defineCommand({
  description:
    'Calls the server as a sidecar does, with its headers and credentials, and asks for every page. With --caller only what ' +
    'that App ID may use. A caller marked with * may use the tool with some arguments only.',
  args: { name: serverArgument },
  options: {
    caller: {
      type: 'string',
      value: 'APP-ID',
      completes: 'app-ids',
      description: 'Only tools that this App ID may use, asked through its own sidecar',
    },
    project: projectOption,
    output: outputOption,
  },
  examples: [
    'mcpauth mcpserver tools list calculator',
    'mcpauth mcpserver tools list calculator --caller mcp-client -o name',
  ],
  async run(context, { args, options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const { policy, isEnabled } = plane.mcpServers.get(project, args.name)
    if (!isEnabled) {
      throw new McpAuthError(
        'ERR_MCP_SERVER_UNUSABLE',
        `MCPServer "${args.name}" is disabled, so it is not called.`,
        { hint: `Run: mcpauth mcpserver enable ${args.name}` },
      )
    }
    const { listTools } = await import('../../../../dev/mcp-tools.ts')
    const world = sidecarWorld(context, plane)
    const query = { project, server: args.name, appId: options.caller }
    const all = (await listTools(world, query)).map((tool) => ({
      tool,
      callers: callersOf(policy, tool.name, options.caller),
    }))
    const tools = all.filter(({ callers }) => options.caller === undefined || callers.length > 0)
    if (tools.length < all.length && options.output === 'table') {
      context.notice(`${all.length - tools.length} more that ${options.caller} may not use.`)
    }
    return {
      json: () => ({ items: tools.map(toolJson) }),
      names: () => tools.map(({ tool }) => printable(tool.name)),
      text: () => table(['NAME', 'CALLERS', 'DESCRIPTION'], tools.map(row)),
    }
  },
})

interface ToolCaller {
  /** As the rule says it, wildcards included. */
  readonly appID: string
  /** The schema that a call must satisfy; undefined: any call. */
  readonly arguments: Json | undefined
}

interface Row {
  readonly tool: McpTool
  readonly callers: readonly ToolCaller[]
}

/** Of the rules that count; those that are about `caller`, where one is given. */
function callersOf(
  { rules }: McpAccessPolicy,
  tool: string,
  caller: string | undefined,
): ToolCaller[] {
  const enforced = rules.filter(({ mode }) => mode === 'enforce')
  return enforced.flatMap(({ callers, grants }) => {
    const granting = grants.filter(
      ({ capability, names }) =>
        capability === 'tools' && names.some((name) => matchesWildcard(name, tool)),
    )
    const meant = callers.filter((one) => caller === undefined || matchesWildcard(one, caller))
    return meant.flatMap((appID) =>
      granting.map((grant): ToolCaller => ({ appID, arguments: grant.arguments })),
    )
  })
}

function row({ tool, callers }: Row): string[] {
  const free = new Set(
    callers.filter(({ arguments: schema }) => schema === undefined).map(({ appID }) => appID),
  )
  const bound = new Set(callers.map(({ appID }) => appID).filter((appID) => !free.has(appID)))
  const who = [...free, ...[...bound].map((appID) => `${appID} (*)`)]
  const [line = ''] = (tool.description ?? tool.title ?? '').split('\n')
  return [printable(tool.name), who.join(', ') || 'nobody', printable(clip(line))]
}

function toolJson({ tool, callers }: Row) {
  const { name, title, description, inputSchema } = tool
  return {
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    inputSchema,
    callers: callers.map(({ appID, arguments: schema }) => ({
      appID,
      ...(schema === undefined ? {} : { arguments: schema }),
    })),
  }
}
