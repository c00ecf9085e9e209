// `mcpauth mcpserver access revoke` takes from callers what they were granted of an MCP server.
import { McpAuthError } from '../../../../core/errors.ts'
import { anyArguments, type McpAccessQuestion } from '../../../../core/mcp-access.ts'
import type { McpNames } from '../../../../control-plane/mcp-access-policy.ts'
import { defineCommand } from '../../../command.ts'
import { confirm } from '../../../confirm.ts'
import { accessOptions, callersIn, namesIn, serverArgument } from '../../../mcp-access.ts'
import { confirmOptions } from '../../../options.ts'
import { changed } from '../../../output/documents.ts'

export const mcpServerAccessRevoke = defineCommand({
  description:
    'The names have to be written as they were granted. What a pattern or a rule for other callers grants stays, and is told. ' +
    'Asks first with --all.',
  args: { name: serverArgument },
  options: {
    ...accessOptions,
    all: { type: 'boolean', description: 'Everything the callers were granted' },
    ...confirmOptions,
  },
  examples: [
    'mcpauth mcpserver access revoke calculator --caller mcp-client --allow-tools subtract',
    'mcpauth mcpserver access revoke calculator --caller mcp-client --all --yes',
  ],
  async run(context, { args, options }) {
    const callers = callersIn(options)
    const names = namesIn(options)
    if (options.all === names.length > 0) {
      const message = options.all ? '--all leaves nothing else to name.' : 'Nothing is named.'
      throw new McpAuthError('USAGE', message, {
        hint: 'Pass either --all, or --allow-tools, --allow-resources and --allow-prompts.',
      })
    }
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    if (options.all) {
      await confirm(
        context,
        `Delete every grant of MCPServer "${args.name}" to ${callers.join(', ')}?`,
        options.yes || options.approve,
      )
    }
    const revoked = options.all ? undefined : names
    const action = plane.mcpServers.revoke(project, args.name, callers, revoked)
    for (const left of stillGranted(callers, names)) {
      const decision = plane.mcpServers.decide(project, args.name, left)
      if (!decision.allowed) continue
      context.notice(
        `${context.style.warning('warning:')} ${left.caller} may still use ${left.name}: rule ${decision.rule + 1} grants it.`,
      )
    }
    return changed(plane.mcpServers.policy(project, args.name), action)
  },
})

function stillGranted(
  callers: readonly string[],
  named: readonly McpNames[],
): (McpAccessQuestion & { readonly caller: string })[] {
  return callers.flatMap((caller) =>
    named.flatMap(({ capability, names }) =>
      names.map((name) => ({
        caller,
        capability,
        name,
        arguments: anyArguments,
      })),
    ),
  )
}
