// `mcpauth listen` and `mcpauth call invoke` with the built binary: a call from one App ID is shown at another.
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { runBinary } from '../support/protected-server.ts'
import { temporaryFolder } from '../support/temp-home.ts'

it('shows what reaches an App ID, from a sidecar that comes and goes', async () => {
  const folder = temporaryFolder()
  const env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
  const mcpauth = (...words: string[]) => runBinary(words, { cwd: folder, env })
  expect(mcpauth('listen', '--id', 'callee')).toMatchObject({ exitCode: 1, stdout: '' })
  expect(mcpauth('appid', 'create', 'callee').exitCode).toBe(0)
  expect(mcpauth('appid', 'create', 'caller').exitCode).toBe(0)
  const words = ['listen', '--id', 'callee', '--dapr-http-port', '0', '-o', 'json']
  const listener = new CliProcess(words, { cwd: folder, env })
  onTestFinished(async () => void (await listener.stop('SIGKILL')))
  await listener.readUntil(/command +none/)
  const call = ['call', 'invoke', 'post', 'callee.orders?token=canary', '--id', 'caller']
  expect(mcpauth(...call, '--data', '{"a":1}')).toEqual({ exitCode: 0, stdout: '{}', stderr: '' })
  const [line] = await listener.readUntil(/^\{.*\}$/m)
  expect(JSON.parse(line)).toMatchObject({
    method: 'POST',
    url: '/orders?token=***',
    body: '{"a":1}',
    headers: expect.arrayContaining([['dapr-caller-app-id', 'caller']]) as unknown,
  })
  expect(mcpauth('listen', '--id', 'callee').stderr).toContain('already running')
  expect(await listener.stop('SIGINT')).toBe(130)
  expect(listener.stdout).not.toContain('canary')
})
