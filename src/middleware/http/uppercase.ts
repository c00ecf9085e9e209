// middleware.http.uppercase: writes bodies in capital letters. A test aid, as in Dapr: it shows which pipeline a body passes.
import { StringDecoder } from 'node:string_decoder'

import type { BodyChange } from '../../core/body-change.ts'
import type { UppercaseMetadata } from '../../core/generated/types.ts'
import type { HeaderList } from '../../core/header-list.ts'
import { readMetadata } from '../metadata.ts'
import type { Middleware } from '../middleware.ts'

type Field = keyof UppercaseMetadata

export const uppercase: Middleware = {
  type: 'middleware.http.uppercase',
  version: 'v1',
  provision(metadata, context) {
    const reader = readMetadata<Field>(metadata, context)
    const direction = reader.text('direction') ?? 'request'
    if (!/^(?:request|response|both)$/.test(direction)) {
      throw reader.complaint('direction', 'is none of request, response and both')
    }
    return {
      summary: direction,
      onRequest(exchange) {
        if (direction !== 'response' && !isCoded(exchange.headers)) exchange.changeBody(capitals)
        return undefined
      },
      onResponse(_exchange, head) {
        if (direction === 'request' || isCoded(head.headers)) return undefined
        head.headers.delete('content-length')
        head.changes = [...(head.changes ?? []), capitals()]
        return undefined
      },
    }
  },
}

function capitals(): BodyChange {
  const decoder = new StringDecoder('utf8')
  return {
    write: (chunk) => capitalsOf(decoder.write(chunk)),
    end: () => capitalsOf(decoder.end()),
  }
}

function capitalsOf(text: string): Buffer {
  return Buffer.from(Array.from(text, capitalOf).join(''))
}

/** As in Dapr, a character whose capital would be several stays as it is. */
function capitalOf(character: string): string {
  const upper = character.toUpperCase()
  return Array.from(upper).length === 1 ? upper : character
}

/** Its bytes are no text. */
function isCoded(headers: HeaderList): boolean {
  return headers.has('content-encoding')
}
