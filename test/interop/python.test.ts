// The guide's Python client, byte for byte, on the official Python SDK, through both pipelines.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

import { protectedServer } from '../support/protected-server.ts'
import { preparePython, python } from './python-sdk.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const missing = preparePython()

it.skipIf(missing !== undefined)('the Python client of the guide lists the tools', async () => {
  const server = await protectedServer()
  const command = [python, join(root, 'fixtures', 'guide', 'mcpclient.py')]
  const { stdout, stderr, exitCode } = await server.client(command)
  await server.close()
  expect(stderr).not.toContain('Traceback')
  expect(stdout).toContain('Available tools:')
  expect(stdout).toContain("name='add'")
  expect(exitCode).toBe(0)
})
