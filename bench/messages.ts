// The request and the answer that every proxy carries: an MCP tool call of about 290 bytes and its result of about 320.

export const requestBody = JSON.stringify({
  jsonrpc: '2.0',
  id: 17,
  method: 'tools/call',
  params: {
    name: 'search_documents',
    arguments: { query: 'quarterly revenue of the northern region', limit: 10, offset: 0 },
    _meta: {
      progressToken: 'a3f1c9d2-7b44-4e0e-9a6f-2f6f1c8d7e55',
      locale: 'en-GB',
      note: 'x'.repeat(41),
    },
  },
})

export const requestHeaders: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2025-06-18',
  'mcp-session-id': '0b5e7a1e-52b5-4e0c-8f0a-1a3c1d9e7f60',
  'user-agent': 'mcpauth-bench',
}

export const answerBody = JSON.stringify({
  jsonrpc: '2.0',
  id: 17,
  result: {
    content: [
      { type: 'text', text: `Revenue of the northern region: ${'0123456789 '.repeat(18)}` },
    ],
    isError: false,
  },
})

/** Frames of the event stream carry the sender's monotonic clock, which all processes of a machine share. */
export const eventPattern = /data: (\d+)/g

export function eventNow(): string {
  return `data: ${process.hrtime.bigint()}\n\n`
}
