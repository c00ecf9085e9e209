// The examples that need nothing but this repository, with the built binary.
import { expect, it } from 'vitest'

import { payrollReports, playPayroll } from '../support/payroll-example.ts'

it('mcp-auth in TypeScript: closed, open tool by tool, open', async () => {
  const { reports, pastSidecar, output } = await playPayroll('typescript.yaml')
  expect(reports).toEqual(payrollReports(/ERR_MCP_CALLER_NOT_GRANTED/, /ERR_MCP_TOOL_DENIED/))
  expect(pastSidecar).toBe(401)
  expect(output).not.toMatch(/demo-key|warning/)
})
