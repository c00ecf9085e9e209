// Puts a prefix before every line of a stream, holding back only an unfinished line.
import { Transform } from 'node:stream'

/** An unfinished line longer than this is passed on in pieces, so that output without line ends stays bounded. */
const maxLine = 64 * 1024

/** Lines come out whole, each with `prefix`; bytes are not decoded. */
export function linePrefixer(prefix: string): Transform {
  const head = Buffer.from(prefix)
  let rest: Buffer = Buffer.alloc(0)
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      const parts: Buffer[] = []
      let start = 0
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        parts.push(head, rest, chunk.subarray(start, end + 1))
        rest = Buffer.alloc(0)
        start = end + 1
      }
      rest = Buffer.concat([rest, chunk.subarray(start)])
      if (rest.length > maxLine) {
        parts.push(head, rest, Buffer.from('\n'))
        rest = Buffer.alloc(0)
      }
      callback(null, Buffer.concat(parts))
    },
    flush(callback) {
      callback(null, rest.length === 0 ? undefined : Buffer.concat([head, rest, Buffer.from('\n')]))
    },
  })
}
