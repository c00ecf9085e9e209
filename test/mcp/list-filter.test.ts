// Filtering lists: what it takes out is what a filter of the parsed value takes out, and the rest keeps its text.
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'

import { filterResponses, type ListFilter } from '../../src/mcp/list-filter.ts'
import { listOf } from '../../src/mcp/question.ts'

const filterOf = (
  allowed: (name: string) => boolean,
  method: string | undefined = 'tools/list',
  hasCacheScope = false,
): ListFilter => ({
  isAllowed: (_capability, name) => allowed(name),
  asked: method === undefined ? new Map() : new Map([[1, listOf(method)]]),
  hasCacheScope,
})

const filtered = (value: unknown, filter: ListFilter): unknown =>
  JSON.parse(filterResponses(JSON.stringify(value), filter) ?? 'null')

test('equals filtering after parsing', () => {
  const tool = fc.record({ name: fc.string(), inputSchema: fc.jsonValue() })
  fc.assert(
    fc.property(fc.array(tool), fc.option(fc.string()), (tools, nextCursor) => {
      const result = { tools, ...(nextCursor === null ? {} : { nextCursor }) }
      const response = JSON.parse(JSON.stringify({ jsonrpc: '2.0', id: 1, result })) as object
      const isAllowed = (name: string): boolean => name.length % 2 === 0
      expect(filtered(response, filterOf(isAllowed))).toEqual({
        ...response,
        result: {
          ...(response as { result: object }).result,
          tools: (response as { result: { tools: { name: string }[] } }).result.tools.filter(
            ({ name }) => isAllowed(name),
          ),
        },
      })
    }),
  )
})

describe('a list', () => {
  it.each([
    ['tools/list', 'tools', 'name'],
    ['prompts/list', 'prompts', 'name'],
    ['resources/list', 'resources', 'uri'],
    ['resources/templates/list', 'resourceTemplates', 'uriTemplate'],
  ])('of %s is filtered', (method, items, key) => {
    const result = { [items]: [{ [key]: 'a' }, { [key]: 'b' }], nextCursor: 'c' }
    const response = filtered(
      { id: 1, result },
      filterOf((name) => name === 'a', method),
    )
    expect(response).toEqual({ id: 1, result: { [items]: [{ [key]: 'a' }], nextCursor: 'c' } })
  })

  it('without anything to take out keeps its text', () => {
    const text = '{ "id" : 1.0, "result":{"tools":[ {"name":"a"} ]} }'
    expect(
      filterResponses(
        text,
        filterOf(() => true),
      ),
    ).toBe(text)
  })

  it('keeps numbers that no double holds', () => {
    const text =
      '{"id":1,"result":{"tools":[{"name":"a","max":18446744073709551615,"min":1.0},{"name":"b"}]}}'
    expect(
      filterResponses(
        text,
        filterOf((name) => name === 'a'),
      ),
    ).toBe('{"id":1,"result":{"tools":[{"name":"a","max":18446744073709551615,"min":1.0}]}}')
  })

  it('is for this caller alone, where the revision has a word for it', () => {
    const result = { tools: [], cacheScope: 'public' }
    const all = (): boolean => true
    expect(filtered({ id: 1, result }, filterOf(all))).toMatchObject({
      result: { cacheScope: 'private' },
    })
    const modern = filterOf(all, 'tools/list', true)
    expect(filtered({ id: 1, result: { tools: [] } }, modern)).toMatchObject({
      result: { cacheScope: 'private' },
    })
  })

  it('is known by its form when the question is not known, or was another one', () => {
    const none = (): boolean => false
    const response = { id: '1', result: { tools: [{ name: 'a' }] } }
    expect(filtered(response, filterOf(none))).toEqual({ id: '1', result: { tools: [] } })
    const call = filterOf(none, 'tools/call')
    expect(filtered({ ...response, id: 1 }, call)).toEqual({ id: 1, result: { tools: [] } })
    const escaped = String.raw`{"id":1,"result":{"\u0074ools":[{"name":"a"}]}}`
    expect(filterResponses(escaped, call)).toBe('{"id":1,"result":{"tools":[]}}')
  })

  it('is not looked for in an answer that can hold none', () => {
    const call = filterOf(() => false, 'tools/call')
    expect(filterResponses('{"id":1,"result":{"content":[]}', call)).toContain('content')
    expect(filterResponses('{"id":1,"result":{"tools":[]}', call)).toBeUndefined()
  })

  it('in a batch is filtered', () => {
    const batch = [
      { id: 1, result: { tools: [{ name: 'a' }] } },
      { method: 'notifications/message' },
    ]
    const none = filterOf(() => false)
    expect(filtered(batch, none)).toEqual([{ id: 1, result: { tools: [] } }, batch[1]])
  })

  it('that is no JSON cannot be judged', () => {
    const none = filterOf(() => false)
    expect(filterResponses('{"id":1,"result":{"tools":[NaN]}}', none)).toBeUndefined()
  })
})
