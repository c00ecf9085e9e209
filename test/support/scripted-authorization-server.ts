// A real HTTP server that plays an authorization server by script and records every request it gets.
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RecordedRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The body as a form. */
  readonly form: URLSearchParams
}

export type Script = (request: RecordedRequest, response: ServerResponse) => void

export interface ScriptedAuthorizationServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`; also the issuer. */
  readonly origin: string
  readonly requests: RecordedRequest[]
  /** Sets what a path (without query) answers; anything else answers 404. */
  on(path: string, script: Script): void
  /** How many requests a path got. */
  count(path: string): number
}

export async function startScriptedAuthorizationServer(): Promise<ScriptedAuthorizationServer> {
  const scripts = new Map<string, Script>()
  const requests: RecordedRequest[] = []
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const { method = '', url: path = '', headers } = incoming
      const request = { method, path, headers, body, form: new URLSearchParams(body) }
      requests.push(request)
      const script = scripts.get(pathOf(path)) ?? reply(404, { error: 'not_found' })
      script(request, response)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    on: (path, script) => void scripts.set(path, script),
    count: (path) => requests.filter((request) => pathOf(request.path) === path).length,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers with JSON, or with a text as it is. */
export function reply(
  status: number,
  body: object | string,
  headers: Readonly<Record<string, string>> = {},
): Script {
  return (_request, response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
}

/** Takes the scripts in turn; the last one stays. */
export function inTurn(...scripts: readonly Script[]): Script {
  let next = 0
  return (request, response) => {
    const script = scripts[Math.min(next, scripts.length - 1)]
    next += 1
    script?.(request, response)
  }
}

/** Never answers. */
export const silence: Script = () => {}

/** Answers without end. */
export const endless: Script = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  const pump = (): void => {
    while (!response.destroyed && response.write(' '.repeat(65_536)));
  }
  response.on('drain', pump)
  pump()
}

/** Answers when told to. */
export function held(script: Script): { readonly script: Script; release(): void } {
  const waiting: (() => void)[] = []
  let open = false
  return {
    script(request, response) {
      if (open) script(request, response)
      else waiting.push(() => script(request, response))
    },
    release() {
      open = true
      for (const go of waiting.splice(0)) go()
    },
  }
}

function pathOf(path: string): string {
  return path.split('?', 1)[0] ?? path
}
