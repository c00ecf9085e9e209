import { describe, expect, it } from 'vitest'

import {
  inClientsWords,
  messageLines,
  readServerMessage,
  renumbered,
} from '../../src/mcp/server-message.ts'

const subscription = 'io.modelcontextprotocol/subscriptionId'

describe('a message of a server', () => {
  it.each([
    ['{"jsonrpc":"2.0","id":"a","result":{}}', { kind: 'response', id: 'a' }],
    [
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":""}}',
      { kind: 'response', id: undefined, errorCode: -32700 },
    ],
    ['{"jsonrpc":"2.0","id":0,"method":"ping"}', { kind: 'request', id: 0 }],
    ['{"jsonrpc":"2.0","method":"x"}', { kind: 'notification', about: undefined }],
    [
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7}}',
      { kind: 'notification', about: 7 },
    ],
    [
      `{"jsonrpc":"2.0","method":"x","params":{"_meta":{"${subscription}":"s"}}}`,
      { kind: 'notification', about: 's' },
    ],
  ])('is told what it is: %s', (text, expected) => {
    expect(readServerMessage(text)).toEqual(expected)
  })

  it.each([
    '',
    'ready',
    '1',
    '[]',
    '{}',
    '{"jsonrpc":"1.0","id":1,"result":{}}',
    '{"jsonrpc":"2.0","id":1}',
  ])('is none: %s', (text) => {
    expect(readServerMessage(text)).toBeUndefined()
  })
})

describe('lines', () => {
  it('hold a message each, with everything that any reader takes for the end of one escaped', () => {
    const text = '{\r\n "a": "x\u2028y\u2029z\u0085",\n "n": 18446744073709551615 }'
    const [line, ...rest] = messageLines(text)
    expect(rest).toEqual([])
    expect(line).not.toMatch(/[\r\n\u0085\u2028\u2029]/)
    expect(line).toContain('18446744073709551615')
    expect(JSON.parse(line ?? '')).toEqual(JSON.parse(text))
  })

  it('hold the messages of a batch, numbers as they were', () => {
    expect(messageLines(' [{"a":1.50},\n{"b":18446744073709551615}]')).toEqual([
      '{"a":1.50}',
      '{"b":18446744073709551615}',
    ])
  })
})

describe('a request that shares its conversation', () => {
  const request =
    '{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"n":1.0,"_meta":{"progressToken":"t"}}}'
  const names = { id: 'a', progressToken: 't' }

  it('gets an id and a token of its own, and nothing else', () => {
    expect(renumbered(request, 9)).toBe(
      '{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"n":1.0,"_meta":{"progressToken":9}}}',
    )
    expect(renumbered('{"id":1,"method":"x"}', 9)).toBe('{"id":9,"method":"x"}')
  })

  it('is answered under its own', () => {
    expect(inClientsWords('{"id":9,"result":{"x":1e2}}', 9, names)).toBe(
      '{"id":"a","result":{"x":1e2}}',
    )
    expect(inClientsWords('{"method":"p","params":{"progressToken":9,"id":9}}', 9, names)).toBe(
      '{"method":"p","params":{"progressToken":"t","id":9}}',
    )
    expect(
      inClientsWords(`{"method":"n","params":{"_meta":{"${subscription}":9}}}`, 9, names),
    ).toContain(`{"${subscription}":"a"}`)
  })
})
