// The access log's line of an MCP call: what was asked, and what a rule in shadow mode would have said.
import { expect, test } from 'vitest'

import type { AccessRecord } from '../../src/data-plane/access-log.ts'
import { accessJson, accessText } from '../../src/dev/access-line.ts'

const record: AccessRecord = {
  time: 0,
  door: 'sidecar',
  caller: 'app',
  principal: undefined,
  target: 'mcp:calc',
  method: 'POST',
  path: '/v1.0/diagrid/mcp/calc',
  status: 403,
  durationMs: 1,
  reason: 'ERR_MCP_TOOL_DENIED: no',
  rpc: 'tools/call a\nb',
  shadow: 'shadow rule 2 grants it',
  api: false,
}

test('says what was asked, on one line, and what a shadow rule grants', () => {
  expect(accessText(record)).toBe(
    '00:00:00.000Z app → mcp:calc POST /v1.0/diagrid/mcp/calc 403 1.0ms tools/call a\ufffdb (ERR_MCP_TOOL_DENIED: no; shadow rule 2 grants it)',
  )
  expect(JSON.parse(accessJson(record))).toMatchObject({
    rpc: 'tools/call a\nb',
    shadow: 'shadow rule 2 grants it',
  })
})
