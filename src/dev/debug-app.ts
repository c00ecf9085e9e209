// A debugging app: it shows every request that arrives, without secrets, and answers 200.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'

import { redacted } from '../core/secret.ts'
import { isCredentialHeader, isCredentialName } from '../manifest/credentials.ts'

export interface ShownRequest {
  readonly method: string
  /** With the values of credentials in its query replaced. */
  readonly url: string
  /** As they came, with credentials replaced. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Text as far as it is shown; undefined for what is no text. */
  readonly body: string | undefined
  /** Of the whole body. */
  readonly bytes: number
  readonly isCut: boolean
}

export interface DebugApp {
  readonly port: number
  close(): void
}

/** Bytes of a body that are shown at most. */
const longestShown = 64 * 1024

/** Listens on a free port of 127.0.0.1. `show` is called for each request once it is whole, in the order they end. */
export async function startDebugApp(show: (request: ShownRequest) => void): Promise<DebugApp> {
  const server = createServer((request, response) => {
    read(request).then(
      (shown) => {
        show(shown)
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      },
      // The caller is gone, and with it whoever would read an answer.
      () => response.destroy(),
    )
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function read(request: IncomingMessage): Promise<ShownRequest> {
  const kept: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (bytes < longestShown) kept.push(chunk.subarray(0, longestShown - bytes))
    bytes += chunk.length
  }
  const isCut = bytes > longestShown
  return {
    method: request.method ?? '',
    url: shownUrl(request.url ?? ''),
    headers: shownHeaders(request.rawHeaders),
    body: textOf(Buffer.concat(kept), isCut),
    bytes,
    isCut,
  }
}

function shownUrl(url: string): string {
  const [path = '', query] = url.split(/\?(.*)/s, 2)
  if (query === undefined) return url
  const parts = query.split('&').map((part) => {
    const [name = '', value] = part.split(/=(.*)/s, 2)
    const isSecret = isCredentialName(name) || name.toLowerCase() === 'code'
    return value === undefined || !isSecret ? part : `${name}=${redacted}`
  })
  return `${path}?${parts.join('&')}`
}

function shownHeaders(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? ''
    pairs.push([name, isCredentialHeader(name) ? redacted : (raw[index + 1] ?? '')])
  }
  return pairs
}

/** A character that the limit cut in two does not make it another kind of body. */
function textOf(bytes: Buffer, isCut: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut })
  } catch {
    return undefined
  }
}
