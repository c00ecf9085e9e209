// R3: a disk that is full after any number of pages. The failure has a code, the store opens afterwards, batches are whole.
import { statSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { endpoint, open, temporaryHome } from '../control-plane/builders.ts'
import { rounds } from '../support/rounds.ts'

const pageSize = 4096
const batchSize = 20
const step = rounds(5, 1)

/** Every resource carries the number of its batch, so that a mixture is seen. */
const batch = (number: number) =>
  Array.from({ length: batchSize }, (_, index) =>
    endpoint(`endpoint-${index}`, [
      { name: 'batch', value: String(number) },
      { name: 'filler', value: 'x'.repeat(number * 300) },
    ]),
  )

it.each(Array.from({ length: Math.ceil(51 / step) }, (_, place) => place * step))(
  '%i pages after it was made',
  (pages) => {
    const home = temporaryHome()
    open(home).close()
    const atFirst = Math.ceil(statSync(join(home, 'control-plane.db')).size / pageSize)
    let acknowledged = 0
    let failure: unknown
    const full = open(home, { maxPages: atFirst + pages })
    for (let number = 1; failure === undefined; number += 1) {
      try {
        expect(full.apply('default', batch(number)).applied).toBe(true)
        acknowledged = number
      } catch (error) {
        failure = error
      }
    }
    expect(failure).toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining('full'),
    })

    // What can still be read is read, and the disk may get room again under the same process or another one.
    const stored = () =>
      open(home)
        .resources.list('default')
        .map(({ manifest }) => JSON.stringify(manifest).match(/"batch","value":"(\d+)"/)?.[1])
    const expected = acknowledged === 0 ? [] : Array(batchSize).fill(String(acknowledged))
    expect(stored()).toEqual(expected)
    full.close()
    expect(open(home).apply('default', batch(acknowledged + 1)).applied).toBe(true)
    expect(stored()).toEqual(Array(batchSize).fill(String(acknowledged + 1)))
  },
)
