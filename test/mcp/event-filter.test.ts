// Lists in server-sent events: filtered whatever the pieces a stream comes in, all other bytes as they were.
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { EventFilter, UnreadableEvent } from '../../src/mcp/event-filter.ts'

function run(text: string, cuts: readonly number[], rewrite: (data: string) => string | undefined) {
  const bytes = Buffer.from(text)
  const filter = new EventFilter(rewrite)
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b)
  const out: Buffer[] = []
  let from = 0
  for (const place of [...places, bytes.length]) {
    out.push(filter.write(Buffer.from(bytes.subarray(from, place))))
    from = place
  }
  out.push(filter.end())
  return Buffer.concat(out).toString()
}

const same = (data: string): string => data
const shout = (data: string): string => (data.includes('list') ? data.toUpperCase() : data)

const line = fc.constantFrom(
  'data: {"a":1}',
  'data:x',
  'data: list',
  'data',
  'event: message',
  'event: ping',
  'id: 7',
  ': note',
  'retry: 3',
  '',
  'data: ü€𝄞',
)
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')))
  .map((lines) => `${lines.map(([text, end]) => text + end).join('')}\n\n`)
const cuts = fc.array(fc.nat(500))

test('what needs no change passes byte for byte, in any pieces', () => {
  fc.assert(
    fc.property(stream, cuts, (text, places) => {
      expect(run(text, places, same)).toBe(text)
    }),
  )
})

test('the pieces make no difference to what is rewritten', () => {
  fc.assert(
    fc.property(stream, cuts, (text, places) => {
      expect(run(text, places, shout)).toBe(run(text, [], shout))
    }),
  )
})

test('the data of several lines is one text, and is written as one line', () => {
  const text = 'id: 1\r\ndata: list\r\ndata: two\r\n: note\r\n\r\ndata: other\n\n'
  const rewritten = 'id: 1\r\ndata: done\r\n: note\r\n\r\ndata: other\n\n'
  expect(run(text, [], (data) => (data === 'list\ntwo' ? 'done' : data))).toBe(rewritten)
})

test('comments, priming events and finished events go on at once', () => {
  const filter = new EventFilter(same)
  const first = Buffer.from(': ping\nid: 0\ndata:\n\ndata: {}\n\nda')
  expect(filter.write(first).toString()).toBe(': ping\nid: 0\ndata:\n\ndata: {}\n\n')
  expect(filter.write(Buffer.from('ta: 1\n\n')).toString()).toBe('data: 1\n\n')
})

test('what cannot be read ends the stream, and what readers ignore does not', () => {
  const unreadable = (data: string): string | undefined => (data === '{}' ? data : undefined)
  expect(() => run('data: NaN\n\n', [], unreadable)).toThrow(UnreadableEvent)
  expect(run('event: ping\ndata: NaN\n\n', [], unreadable)).toBe('event: ping\ndata: NaN\n\n')
})

test('a byte order mark hides nothing', () => {
  const text = '\ufeffdata: list\n\n'
  expect(run(text, [1, 2], shout)).toBe('\ufeffdata: LIST\n\n')
})

test('an event without its end is not passed on', () => {
  expect(run('data: list', [], shout)).toBe('')
})
