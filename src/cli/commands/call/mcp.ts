// `mcpauth call mcp` calls a tool of the MCP server that is named first.
import { defineCommand } from '../../command.ts'
import { serverArgument } from '../../mcp-access.ts'
import { callTool, toolCall } from '../../tool-call.ts'

export const callMcp = defineCommand({
  ...toolCall,
  args: { server: serverArgument },
  examples: [
    'mcpauth call mcp calculator --id mcp-client --mcp-tool add --arg a=1 --arg b=2',
    `mcpauth call mcp bank --id agent --mcp-tool transfer --args '{"to": "acc-1", "amount": 5}' -o json`,
  ],
  run: (context, { args, options }) => callTool(context, options, () => args.server),
})
