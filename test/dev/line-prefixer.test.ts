import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { linePrefixer } from '../../src/dev/line-prefixer.ts'

async function prefixed(chunks: readonly Uint8Array[]): Promise<Buffer> {
  return buffer(Readable.from(chunks).pipe(linePrefixer('> ')))
}

it('prefixes every line once, however the bytes are cut', async () => {
  const bytes = fc.uint8Array({ maxLength: 80 })
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 8 }), async (chunks) => {
      const whole = Buffer.concat(chunks).toString('latin1')
      const lines = whole === '' ? [] : whole.replace(/\n$/, '').split('\n')
      const wanted = lines.map((line) => `> ${line}\n`).join('')
      expect((await prefixed(chunks)).toString('latin1')).toBe(wanted)
    }),
  )
})

it('does not hold back endless output without line ends', async () => {
  const out = await prefixed(Array.from({ length: 10 }, () => Buffer.alloc(60_000, 'a')))
  expect(out.toString().split('\n').length).toBeGreaterThan(4)
})
