// Access policies of MCP servers: one for each, called after it.
import { textAt } from '../access.ts'
import type { Kind } from './kind.ts'

export const mcpServerAccessPolicy: Kind = {
  kind: 'MCPServerAccessPolicy',
  apiVersions: ['cra.diagrid.io/v1beta1'],
  schema: 'MCPServerAccessPolicy',
  naming: 'label',

  references(manifest) {
    const name = textAt(manifest, 'metadata', 'name')
    return name === undefined ? [] : [{ pointer: '/metadata/name', to: 'mcp-server', name }]
  },

  sensitive: () => [],
}
