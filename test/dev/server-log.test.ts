import { describe, expect, it } from 'vitest'

import { Lines } from '../../src/dev/lines.ts'
import { ServerLog } from '../../src/dev/server-log.ts'
import { createFakeClock } from '../support/fake-clock.ts'

describe('lines', () => {
  it('come out whole however they arrive, and those too long not at all', () => {
    const seen: string[] = []
    const text = Buffer.from(`é\n${'x'.repeat(9)}\n\n12345678\nend`)
    for (const size of [1, 3, text.length]) {
      seen.length = 0
      const lines = new Lines(
        8,
        (line) => seen.push(line),
        () => seen.push('(too long)'),
      )
      for (let at = 0; at < text.length; at += size) lines.write(text.subarray(at, at + size))
      lines.end()
      expect(seen).toEqual(['é', '(too long)', '12345678', 'end'])
    }
  })
})

describe('the log of a server', () => {
  it('shows no secret, nothing that a terminal obeys, and no more than fits', () => {
    const seen: string[] = []
    const secrets = ['CANARY', 'CANARY-long', 'first\nsecond', '']
    const log = new ServerLog((line) => seen.push(line), secrets, createFakeClock())
    log.line('a CANARY-long b CANARY c second\r')
    log.line('\u001b[31mred\t.')
    log.line('x'.repeat(3_000))
    expect(seen.slice(0, 2)).toEqual(['a *** b *** c ***', '\ufffd[31mred .'])
    expect(seen[2]).toHaveLength(2_000)
  })

  it('leaves out what comes too fast, and says how much', () => {
    const clock = createFakeClock()
    const seen: string[] = []
    const log = new ServerLog((line) => seen.push(line), [], clock)
    for (let count = 0; count < 1_000; count += 1) log.line('x')
    expect(seen).toHaveLength(200)
    clock.advance(1)
    log.line('later')
    expect(seen.slice(200)).toEqual(['(800 lines were left out)', 'later'])
  })
})
