// The examples in Python, on the official Python SDK.
import { expect, it } from 'vitest'

import { payrollReports, playPayroll } from '../support/payroll-example.ts'
import { preparePython, venv } from './python-sdk.ts'

const missing = preparePython()

it.skipIf(missing !== undefined)('mcp-auth: closed, open tool by tool, open', async () => {
  const { reports, pastSidecar, output } = await playPayroll('python.yaml', { '.venv': venv })
  expect(reports).toEqual(payrollReports(/Session terminated/, /403 Forbidden/))
  expect(pastSidecar).toBe(401)
  expect(output).not.toMatch(/demo-key|warning/)
})
