// `mcpauth mcpserver access grant` lets callers use tools, resources and prompts of an MCP server.
import { McpAuthError } from '../../../../core/errors.ts'
import { defineCommand } from '../../../command.ts'
import {
  accessOptions,
  callersIn,
  namesIn,
  noticeUnknownCallers,
  serverArgument,
} from '../../../mcp-access.ts'
import { confirmOptions } from '../../../options.ts'
import { changed } from '../../../output/documents.ts'

export const mcpServerAccessGrant = defineCommand({
  description:
    'Adds to what the callers may use already. Nobody may use anything that was not granted; quote "*", which shells read ' +
    'otherwise. Running sidecars follow within a second.',
  args: { name: serverArgument },
  options: {
    ...accessOptions,
    all: { type: 'boolean', description: 'Everything the server has' },
    ...confirmOptions,
  },
  examples: [
    'mcpauth mcpserver access grant calculator --caller mcp-client --allow-tools add,subtract',
    'mcpauth mcpserver access grant calculator --caller "*" --allow-tools "*"',
  ],
  async run(context, { args, options }) {
    const callers = callersIn(options)
    const names = options.all
      ? (['tools', 'resources', 'prompts'] as const).map((capability) => ({
          capability,
          names: ['*'],
        }))
      : namesIn(options)
    if (names.length === 0) {
      throw new McpAuthError('USAGE', 'Nothing is named that is to be granted.', {
        hint: 'Pass --allow-tools, --allow-resources, --allow-prompts or --all.',
      })
    }
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const action = plane.mcpServers.grant(project, args.name, callers, names)
    noticeUnknownCallers(context, { plane, project }, callers)
    return changed(plane.mcpServers.policy(project, args.name), action)
  },
})
