// An example MCP server as a process of its own; it ends with its test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { onTestFinished } from 'vitest'

/** Starts `fixtures/apps/NAME.js` on a free port, and returns the URL of its MCP endpoint. */
export async function exampleServer(
  name: 'mcp-server' | 'mcp-server-stateless' = 'mcp-server',
): Promise<string> {
  const app = fileURLToPath(new URL(`../../fixtures/apps/${name}.js`, import.meta.url))
  const child = spawn(process.execPath, [app, '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return /http:\S+/.exec(line.toString())?.[0] ?? ''
}
