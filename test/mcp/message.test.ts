// JSON-RPC bodies: what is read in one way by everybody, what it asks for, and headers that say otherwise.
import { describe, expect, it } from 'vitest'

import { anyArguments } from '../../src/core/mcp-access.ts'
import { decodeMirrored, eraOf, headerConflict } from '../../src/mcp/era.ts'
import { parseBody, type RpcMessage } from '../../src/mcp/message.ts'
import { wantedBy } from '../../src/mcp/question.ts'

const parse = (text: string) => parseBody(Buffer.from(text))
const call = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}'
const headersOf = (headers: Record<string, string>) => ({ get: (name: string) => headers[name] })

function messageOf(method: string, params: object = {}): RpcMessage {
  const parsed = parse(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.messages[0]
}

describe('a body', () => {
  it('is a message or a batch of them', () => {
    expect(parse(call)).toMatchObject({ ok: true, isBatch: false, messages: [{ id: 1 }] })
    const other = call.replace('"id":1', '"id":2')
    expect(parse(`[${call},${other}]`)).toMatchObject({ ok: true, isBatch: true })
    expect(parse('{"jsonrpc":"2.0","id":"a","result":{}}')).toMatchObject({ ok: true })
    expect(parse('{"jsonrpc":"2.0","id":null,"error":{}}')).toMatchObject({ ok: true })
  })

  it.each([
    ['no JSON', '{'],
    ['a duplicate name', call.replace('"id":1', '"id":1,"method":"ping"')],
    ['a duplicate name in disguise', call.replace('"id":1', String.raw`"id":1,"m\u0065thod":"p"`)],
    ['a duplicate name in params', call.replace('"name"', '"name":"x","name"')],
    ['a name in another case', call.replace('"id":1', '"id":1,"Method":"ping"')],
    ['a name that folds to another', call.replace('"name"', '"Name":"x","name"')],
    [
      'a name within ref that folds to another',
      call.replace('"name"', '"ref":{"Name":"x"},"name"'),
    ],
    [
      'a name within notifications that folds to another',
      call.replace('"name"', '"notifications":{"ResourceSubscriptions":["x"]},"name"'),
    ],
    ['a long s', call.replace('"id":1', '"id":1,"paramſ":{"name":"x"}')],
    ['both request and response', call.replace('"id":1', '"id":1,"result":{}')],
    ['no message', '7'],
    ['an empty batch', '[]'],
    ['two requests of one id', `[${call},${call.replace('"id":1', '"id":"1"')}]`],
    ['a batch in a batch', `[[${call}]]`],
    ['no version', '{"id":1,"method":"ping"}'],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}'],
    ['a null id', '{"jsonrpc":"2.0","id":null,"method":"ping"}'],
    ['params that are a list', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["add"]}'],
    ['deep nesting', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`],
    ['a byte order mark', `\ufeff${call}`],
  ])('is refused: %s', (_what, text) => {
    expect(parse(text)).toMatchObject({ ok: false })
  })

  it('may hold megabytes of text', () => {
    expect(parse(call.replace('add', String.raw`\"`.repeat(2_000_000)))).toMatchObject({ ok: true })
  })
})

describe('what is asked for', () => {
  it.each([
    ['tools/call', { name: 'add' }, [{ capability: 'tools', name: 'add' }]],
    ['prompts/get', { name: 'p' }, [{ capability: 'prompts', name: 'p' }]],
    ['resources/read', { uri: 'file:///a' }, [{ capability: 'resources', name: 'file:///a' }]],
    ['resources/subscribe', { uri: 'u' }, [{ capability: 'resources', name: 'u' }]],
    [
      'completion/complete',
      { ref: { type: 'ref/prompt', name: 'p' } },
      [{ capability: 'prompts', name: 'p' }],
    ],
    [
      'completion/complete',
      { ref: { type: 'ref/resource', uri: 'u' } },
      [{ capability: 'resources', name: 'u' }],
    ],
    [
      'subscriptions/listen',
      { notifications: { resourceSubscriptions: ['u', 'v'] } },
      [
        { capability: 'resources', name: 'u' },
        { capability: 'resources', name: 'v' },
      ],
    ],
    ['ping', {}, []],
    ['com.example/unknown', { name: 'x' }, []],
    ['tools/call', { name: 7 }, undefined],
    ['tools/call', {}, undefined],
    ['completion/complete', { ref: { type: 'other' } }, undefined],
    ['subscriptions/listen', { notifications: { resourceSubscriptions: 'u' } }, undefined],
  ])('by %s', (method, params, wanted) => {
    const found = wantedBy(messageOf(method, params))
    expect(found?.map(({ capability, name }) => ({ capability, name }))).toEqual(wanted)
  })
})

it.each([
  ['tools/call', { name: 'a', arguments: { b: 1 } }, { b: 1 }],
  ['tools/call', { name: 'a' }, {}],
  ['prompts/get', { name: 'a', arguments: { b: 1 } }, anyArguments],
])('the arguments of %s %j that count', (method, params, expected) => {
  expect(wantedBy(messageOf(method, params))?.[0]?.arguments).toEqual(expected)
})

describe('headers', () => {
  const add = messageOf('tools/call', { name: 'add' })
  const modern = messageOf('tools/list', {
    _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
  })

  it.each([
    [{ 'mcp-method': 'tools/call', 'mcp-name': 'add' }, false],
    [{ 'mcp-name': '=?base64?YWRk?=' }, false],
    [{}, false],
    [{ 'mcp-method': 'tools/list' }, true],
    [{ 'mcp-name': 'safe' }, true],
    [{ 'mcp-name': '=?base64?YWR?=' }, true],
    [{ 'mcp-name': '=?base64?!?=' }, true],
  ])('%o beside a call of add', (headers, conflicts) => {
    expect(headerConflict([add], false, headersOf(headers)) !== undefined).toBe(conflicts)
  })

  it('name the revision that the body names', () => {
    const version = 'mcp-protocol-version'
    expect(headerConflict([modern], false, headersOf({ [version]: '2026-07-28' }))).toBeUndefined()
    expect(headerConflict([modern], false, headersOf({ [version]: '2025-06-18' }))).toMatch(
      /revision/,
    )
  })

  it('let batches be of 2025-03-26 only', () => {
    const version = 'mcp-protocol-version'
    expect(headerConflict([add, add], true, headersOf({}))).toBeUndefined()
    expect(headerConflict([add, add], true, headersOf({ [version]: '2025-03-26' }))).toBeUndefined()
    expect(headerConflict([add, add], true, headersOf({ [version]: '2025-06-18' }))).toMatch(
      /Batches/,
    )
    expect(headerConflict([add, modern], true, headersOf({}))).toMatch(/Batches/)
    expect(headerConflict([add], true, headersOf({ 'mcp-name': 'add' }))).toMatch(/batch/)
  })

  it('decide the era only where the body does not', () => {
    expect(eraOf(modern, headersOf({}))).toBe('modern')
    expect(eraOf(add, headersOf({ 'mcp-protocol-version': '2025-11-25' }))).toBe('legacy')
    expect(eraOf(add, headersOf({ 'mcp-protocol-version': '2026-07-28' }))).toBe('modern')
    expect(eraOf(add, headersOf({}))).toBe('legacy')
  })

  it('carry odd names in Base64', () => {
    expect(decodeMirrored(`=?base64?${Buffer.from('größe').toString('base64')}?=`)).toBe('größe')
    expect(decodeMirrored('plain')).toBe('plain')
  })
})
