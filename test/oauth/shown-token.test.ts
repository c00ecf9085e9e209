// What is shown to an authorization server, where it cannot be read.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { readShownToken } from '../../src/oauth/shown-token.ts'
import { temporaryFolder } from '../support/temp-home.ts'

test.skipIf(process.platform === 'win32')('a pipe is no file, and is not waited for', async () => {
  const path = join(temporaryFolder(), 'pipe')
  execFileSync('mkfifo', [path])
  expect(await readShownToken({ kind: 'file', path }, systemClock)).toMatchObject({
    ok: false,
    kind: 'unavailable',
  })
})
