// A request body with the changes that handlers asked for.
import { Transform, pipeline, type Readable } from 'node:stream'

import type { BodyChange } from '../core/body-change.ts'

export function changedBuffer(bytes: Buffer, change: BodyChange): Buffer {
  return Buffer.concat([change.write(bytes), change.end()])
}

/** Ends and fails with `source`, and takes it along when it is given up. */
export function changedStream(source: Readable, change: BodyChange): Readable {
  const transform = new Transform({
    transform: (chunk: Buffer, _encoding, callback) => callback(null, change.write(chunk)),
    flush: (callback) => callback(null, change.end()),
  })
  // Whoever reads the end of the chain is told of a failure.
  pipeline(source, transform, () => {})
  return transform
}
