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
  // undici reports the failure of the request; neither this copy of it nor that of the pipeline needs anybody.
  transform.on('error', () => {})
  pipeline(source, transform, () => {})
  return transform
}
