// One call of a tool of an MCP server as an App ID, as `call` and `call mcp` make it.
import type { ControlPlane } from '../control-plane/control-plane.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { listAt, textAt, valueAt } from '../core/pointer.ts'
import { printable } from '../core/quote.ts'
import { callerOption } from './call-options.ts'
import type { CommandResult } from './command.ts'
import type { CommandContext } from './context.ts'
import { outputOption, projectOption } from './options.ts'
import { sidecarWorld } from './sidecar-world.ts'
import { argumentOptions, toolArguments } from './tool-arguments.ts'

export const toolCall = {
  description:
    'Goes through the running sidecar of the App ID, or through one that ends with the call: the access policy applies. ' +
    'Texts of the result are printed as they are; -o json and -o yaml print the whole result.',
  options: {
    id: callerOption,
    'mcp-tool': {
      type: 'string',
      value: 'NAME',
      required: true,
      description: 'The tool to call',
    },
    ...argumentOptions,
    project: projectOption,
    output: outputOption,
  },
  exitCodes: { 0: 'The tool did its work', 1: 'Denied, or the tool says that it failed' },
} as const

interface Given {
  readonly id: string
  readonly 'mcp-tool': string
  readonly arg: readonly string[]
  readonly args: string | undefined
  readonly project: string | undefined
}

/** `serverIn` names the MCP server, out of those of the project. */
export async function callTool(
  context: CommandContext,
  options: Given,
  serverIn: (plane: ControlPlane, project: string) => string,
): Promise<CommandResult> {
  const given = toolArguments(options)
  const tool = options['mcp-tool']
  const plane = await context.controlPlane()
  const project = plane.resolveProject(options.project).name
  const server = serverIn(plane, project)
  plane.mcpServers.get(project, server)
  const { withSidecar } = await import('../dev/sidecar-access.ts')
  const { withMcpServer } = await import('../dev/mcp-client.ts')
  const world = sidecarWorld(context, plane)
  const caller = { project, appId: options.id.toLowerCase() }
  const result = await withSidecar(world, caller, (sidecar) =>
    withMcpServer(sidecar, { server, version: world.version }, (connection) =>
      connection.callTool(tool, given),
    ),
  )
  return {
    json: () => result,
    names: () => [tool],
    text: () => textOf(result),
    exitCode: result['isError'] === true ? 1 : 0,
  }
}

function textOf(result: JsonObject): string {
  const blocks = listAt(result, '/content').map(blockText)
  const structured = valueAt(result, '/structuredContent')
  const texts =
    blocks.length > 0 || structured === undefined ? blocks : [JSON.stringify(structured)]
  return texts.map((text) => `${lines(text)}\n`).join('')
}

function blockText(block: Json): string {
  const type = textAt(block, '/type') ?? 'unknown'
  if (type === 'text') return textAt(block, '/text') ?? ''
  const what = textAt(block, '/mimeType') ?? textAt(block, '/resource/uri') ?? textAt(block, '/uri')
  return `[${type}${what === undefined ? '' : ` ${what}`}]`
}

/** A terminal must not obey what a server says; its line breaks may stay. */
function lines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}
