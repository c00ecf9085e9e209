import { expect, it } from 'vitest'

import { accessJson, accessText } from '../../src/dev/access-line.ts'
import { jsonChecklist, textChecklist } from '../../src/dev/checklist.ts'

const style = {
  good: (t: string) => t,
  bad: (t: string) => t,
  warning: (t: string) => t,
  dim: (t: string) => t,
}

function written(isTerminal: boolean) {
  let all = ''
  return { output: { isTerminal, write: (text: string) => void (all += text) }, read: () => all }
}

it('fills a line in on a terminal', () => {
  const { output, read } = written(true)
  const checklist = textChecklist(output, style)
  checklist.begin('project')
  checklist.done('project', 'demo')
  expect(read()).toBe('… project         \r\u001b[2K✓ project          demo\n')
})

it('writes plain lines elsewhere, with place and hint of a failure', () => {
  const { output, read } = written(false)
  const checklist = textChecklist(output, style)
  checklist.begin('first token')
  checklist.failed('first token', 'refused', {
    place: 'oauth2.yaml:1:1',
    hint: 'Check clientSecret.',
  })
  expect(read()).toBe(
    '✗ first token      refused\n  at oauth2.yaml:1:1\n  hint: Check clientSecret.\n',
  )
})

it('writes JSON lines when asked for', () => {
  const { output, read } = written(false)
  jsonChecklist(output, () => 0).done('project', 'demo')
  expect(JSON.parse(read())).toEqual({
    time: '1970-01-01T00:00:00.000Z',
    type: 'start',
    step: 'project',
    ok: true,
    detail: 'demo',
  })
})

it('says of a request who called what, how it ended, how long it took and why', () => {
  const record = {
    time: 0,
    door: 'ingress',
    caller: undefined,
    principal: undefined,
    target: 'mcp-server',
    method: 'POST',
    path: '/mcp',
    status: 401,
    durationMs: 1.25,
    reason: 'TOKEN_INVALID: expired',
    api: false,
  } as const
  expect(accessText(record)).toBe(
    '00:00:00.000Z anonymous → mcp-server POST /mcp 401 1.3ms (TOKEN_INVALID: expired)',
  )
  expect(JSON.parse(accessJson(record))).toMatchObject({
    caller: null,
    code: 401,
    duration_ms: 1.25,
  })
})

it('keeps other text out of a line that is being filled in', () => {
  const { output, read } = written(true)
  const checklist = textChecklist(output, style)
  checklist.begin('handlers')
  checklist.note('warning: x\n')
  checklist.done('oauth2', 'ready')
  expect(read()).toBe(
    '… handlers        \r\u001b[2Kwarning: x\n… handlers        \r\u001b[2K✓ oauth2           ready\n',
  )
})
