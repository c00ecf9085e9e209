// A stdio MCP server without an SDK that does what its tools are called: it crashes, floods, asks, and leaves children.
import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { createInterface } from 'node:readline'

const send = (message) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const text = (value) => ({ content: [{ type: 'text', text: String(value) }] })

process.on('SIGTERM', () => {
  if (process.env.STUBBORN !== 'yes') process.exit(0)
})
if (process.env.NOISE !== undefined) process.stderr.write(`${process.env.NOISE}\n`)
if (process.env.CRASH === 'start') process.exit(3)
if (process.env.STUBBORN === 'yes') setInterval(() => {}, 1000)

const tools = {
  pid: (id) => send({ id, result: text(process.pid) }),
  env: (id, { name }) => send({ id, result: text(process.env[name] ?? '(none)') }),
  crash: () => process.exit(7),
  hang: () => {},
  rubbish: (id) => {
    process.stdout.write('[INFO] not JSON\n{"no":"rpc"}\n\n"text"\n')
    send({ id, result: text('after the rubbish') })
  },
  flood: () => {
    const chunk = 'x'.repeat(1024 * 1024)
    for (let written = 0; written < 100; written += 1) process.stdout.write(chunk)
  },
  ask: (id) => {
    asked.set('question', id)
    send({ id: 'question', method: 'roots/list' })
  },
  note: (id) => {
    send({ method: 'notifications/message', params: { level: 'info', data: 'noted' } })
    send({ id, result: text('said') })
  },
  child: (id) => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      stdio: 'ignore',
    })
    send({ id, result: text(child.pid) })
  },
  deaf: (id) => {
    process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[]}}\n`, () => {
      closeSync(0)
      setInterval(() => {}, 1000)
    })
  },
}
const asked = new Map()

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params, result } = JSON.parse(line)
  if (method === 'notifications/cancelled') process.stderr.write(`cancelled ${params.requestId}\n`)
  if (method === 'initialize') {
    if (process.env.CRASH === 'initialize') process.exit(4)
    const { protocolVersion } = params
    const serverInfo = { name: 'rough', version: '1' }
    send({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } })
  } else if (method === 'tools/list') {
    const list = Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' } }))
    send({ id, result: { tools: list } })
  } else if (method === 'tools/call') tools[params.name](id, params.arguments ?? {})
  else if (method === 'ping') send({ id, result: {} })
  else if (method === undefined) send({ id: asked.get(id), result: text(JSON.stringify(result)) })
  else if (id !== undefined) {
    if (process.env.CRASH === 'unknown') process.exit(5)
    send({ id, error: { code: -32601, message: 'Method not found' } })
  }
})
