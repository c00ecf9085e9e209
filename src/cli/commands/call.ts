// `mcpauth call --mcp-tool` calls a tool of an MCP server, where one need not be named if there is no other.
import type { ControlPlane } from '../../control-plane/control-plane.ts'
import { McpAuthError } from '../../core/errors.ts'
import { defineCommand } from '../command.ts'
import { callTool, toolCall } from '../tool-call.ts'

export const call = defineCommand({
  ...toolCall,
  args: {},
  options: {
    'mcp-server': {
      type: 'string',
      value: 'NAME',
      completes: 'mcpservers',
      description: 'Name of the MCPServer; needed where the project has several',
    },
    ...toolCall.options,
  },
  examples: [
    'mcpauth call --mcp-tool add --arg a=1 --arg b=2 --id mcp-client',
    'mcpauth call --mcp-server calculator --mcp-tool add --arg a=1 --arg b=2 --id mcp-client',
  ],
  run: (context, { options }) =>
    callTool(context, options, (plane, project) => options['mcp-server'] ?? only(plane, project)),
})

/** Throws USAGE where there is none, or a choice. */
function only({ mcpServers }: ControlPlane, project: string): string {
  const names = mcpServers.list(project).map(({ name }) => name)
  const [name] = names
  if (name !== undefined && names.length === 1) return name
  throw name === undefined
    ? new McpAuthError('USAGE', `The project ${project} has no MCP server.`, {
        hint: 'Make one: mcpauth mcpserver create NAME --url URL',
      })
    : new McpAuthError('USAGE', `The project ${project} has ${names.length} MCP servers.`, {
        hint: `Say which one is meant: --mcp-server ${names.join('|')}`,
      })
}
