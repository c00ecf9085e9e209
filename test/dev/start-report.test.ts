// What the start of dev run says about what it found.
import { expect, it } from 'vitest'

import { textChecklist } from '../../src/dev/checklist.ts'
import { warnOfTypo } from '../../src/dev/start-report.ts'

const style = { good: String, bad: String, warning: String, dim: String }

function hint(appId: string, others: readonly string[]): string | undefined {
  let text = ''
  const checklist = textChecklist({ isTerminal: false, write: (part) => (text += part) }, style)
  warnOfTypo(checklist, appId, others)
  return /there is also an App ID (\S+)/.exec(text)?.[1]
}

it.for([
  ['mcp-sever', 'mcp-server'],
  ['srvr', 'srv1'],
  ['mcp-sever', 'mcp-server-2'],
])('a new App ID %s may be meant to be %s', ([appId, other]) => {
  expect(hint(appId ?? '', ['x', other ?? '', appId ?? ''])).toBe(other)
})

it.for([
  ['q', 'x'],
  ['srv3', 'srv'],
  ['srv', 'srv3'],
  ['app', 'apps'],
  ['server2', 'server1'],
  ['server-10', 'server-9'],
  ['server-1', 'server'],
  ['mcp-client', 'mcp-server'],
])('a new App ID %s says nothing about %s', ([appId, other]) => {
  expect(hint(appId ?? '', [other ?? '', appId ?? ''])).toBeUndefined()
})
