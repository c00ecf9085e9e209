// A process of its own that writes to a control plane: `apply-child.ts HOME LABEL BATCH_SIZE [COUNT]`.
// Applies batches of endpoints whose every member carries the number of the batch, and prints that number once it is
// stored; without COUNT it goes on until it is killed. `apply-child.ts HOME secret NAME` stores one secret instead, and
// `apply-child.ts HOME mcpserver NAME` applies one MCP server and prints what that did.
import { writeSync } from 'node:fs'
import { systemClock } from '../../src/core/clock.ts'
import type { Resource } from '../../src/core/resource.ts'
import { Secret } from '../../src/core/secret.ts'
import { openControlPlane } from '../../src/control-plane/control-plane.ts'

const [home = '', label = '', size = '1', count = 'Infinity'] = process.argv.slice(2)
const plane = openControlPlane({ home, clock: systemClock, env: {} })
if (label === 'secret') {
  plane.secrets.set('default', size, 'key', new Secret(`value of ${size}`))
} else if (label === 'mcpserver') {
  const { steps } = plane.apply('default', [mcpServer(size)])
  writeSync(1, `${steps.map(({ action }) => action).join()}\n`)
} else {
  for (let batch = 1; batch <= Number(count); batch += 1) {
    const { applied } = plane.apply('default', members(batch))
    if (!applied) throw new Error(`batch ${batch} was refused`)
    // Synchronous: what is printed is stored, even if the next instruction never runs.
    writeSync(1, `${batch}\n`)
  }
}
plane.close()

function mcpServer(name: string): Resource {
  return {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'MCPServer',
    name,
    manifest: {
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'MCPServer',
      metadata: { name },
      spec: { endpoint: { streamableHTTP: { url: 'https://mcp.example.com/mcp' } } },
    },
    digest: '',
    sensitive: [],
    references: [{ to: 'app-id', name, pointer: '/metadata/name' }],
    origin: { file: 'child.yaml', start: { line: 1, column: 1 }, positions: {} },
  }
}

function members(batch: number): Resource[] {
  return Array.from({ length: Number(size) }, (_, index) => {
    const name = `${label}-${index}`
    return {
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'HTTPEndpoint',
      name,
      manifest: {
        apiVersion: 'dapr.io/v1alpha1',
        kind: 'HTTPEndpoint',
        metadata: { name },
        spec: { baseUrl: `https://example.com/${batch}` },
      },
      digest: '',
      sensitive: ['/spec/baseUrl'],
      references: [],
      origin: { file: 'child.yaml', start: { line: batch, column: 1 }, positions: {} },
    }
  })
}
