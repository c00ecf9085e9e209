// Programs from npm that know nothing of mcpauth log in through the front door of a protected server, and list its tools.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { startChain, type Chain } from '../conformance/chain.ts'
import { installPeer } from '../support/npm-peer.ts'
import { freePort } from '../support/protected-server.ts'
import { temporaryFolder } from '../support/temp-home.ts'
import { missingPeer } from './npm-missing.ts'

const inspector = { spec: '@modelcontextprotocol/inspector@2.12.0', command: 'mcp-inspector' }
const mcpRemote = { spec: 'mcp-remote@0.15.1', command: 'mcp-remote' }
/** Both open a browser with a script that heeds BROWSER on Linux alone. */
const noBrowser = process.platform === 'linux' ? undefined : 'a browser would be opened'
const browser = fileURLToPath(new URL('../../fixtures/apps/browser.js', import.meta.url))

let chain: Chain
beforeAll(async () => {
  chain = await startChain()
})
afterAll(() => chain.close())

/** An empty home, and no desktop whose browser could be found. */
const environment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: temporaryFolder(),
  BROWSER: browser,
})

describe.skipIf((noBrowser ?? missingPeer(inspector)) !== undefined)('MCP Inspector', () => {
  it.each(['legacy', 'modern'])('logs in and lists the tools in the %s era', async (era) => {
    const options = {
      '--transport': 'http',
      '--method': 'tools/list',
      '--format': 'json',
      '--protocol-era': era,
      '--callback-url': `http://127.0.0.1:${await freePort()}/oauth/callback`,
    }
    const args = [installPeer(inspector), '--cli', chain.ingress, ...Object.entries(options).flat()]
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: {
        ...environment(),
        MCP_AUTO_OPEN_ENABLED: 'true',
        MCP_INSPECTOR_SECRET_STORE: 'memory',
      },
      maxBuffer: 16 * 1024 * 1024,
    })
    const { result } = JSON.parse(stdout) as { result: { tools: { name: string }[] } }
    expect(result.tools.map(({ name }) => name)).toContain('test_simple_text')
  })
})

describe.skipIf((noBrowser ?? missingPeer(mcpRemote)) !== undefined)('mcp-remote', () => {
  it('logs in, lists the tools and calls one', async () => {
    const callback = String(await freePort())
    const client = new Client({ name: 'test', version: '1' })
    onTestFinished(() => client.close())
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [installPeer(mcpRemote), chain.ingress, callback],
        env: environment(),
        stderr: 'ignore',
      }),
    )
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toContain('test_simple_text')
    const { content } = await client.callTool({ name: 'test_simple_text' })
    expect(content).toEqual([{ type: 'text', text: 'This is a simple text response for testing.' }])
  })
})
