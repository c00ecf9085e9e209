// Serves what the sidecars of a run give their apps, for debuggers that start an app themselves: GET /<App ID>.
import type { IncomingMessage, ServerResponse } from 'node:http'

import { McpAuthError } from '../core/errors.ts'
import type { Reply } from '../core/exchange.ts'
import { HeaderList } from '../core/header-list.ts'
import { listen } from '../data-plane/listener.ts'
import { errorReply, sendReply } from '../data-plane/reply.ts'
import { checkRequest } from '../data-plane/request-checks.ts'

export interface EnvServer {
  readonly url: string
  close(): Promise<void>
}

/** The environment of an App ID; undefined when it is none of this run. */
export type EnvironmentOf = (appId: string) => Readonly<Record<string, string>> | undefined

/**
 * Listens on 127.0.0.1; 0 takes a free port. Answers hold API tokens: every process of this machine can read them, and no
 * web page can. Throws PORT_IN_USE, naming the flag to change.
 */
export async function startEnvServer(port: number, of: EnvironmentOf): Promise<EnvServer> {
  const serve = (request: IncomingMessage, response: ServerResponse): boolean => {
    let reply: Omit<Reply, 'reason'>
    let isSound = true
    try {
      checkRequest(request, new HeaderList(request.rawHeaders), { publicUrl: undefined })
      refusePages(request)
      reply = answer(request, of)
    } catch (error) {
      isSound = false
      reply = errorReply(error)
      response.setHeader('connection', 'close')
    }
    request.resume()
    sendReply(response, reply)
    return isSound
  }
  const listener = await listen({ port }, { serve, refused() {} }).catch((error: unknown) => {
    if (!(error instanceof McpAuthError)) throw error
    const hint = 'Choose another one with --app-id-env-server-port; 0 takes a free one.'
    throw new McpAuthError('PORT_IN_USE', error.message, { hint, cause: error.cause })
  })
  return { url: `http://127.0.0.1:${listener.port}`, close: () => listener.close(0) }
}

/** Not even pages of this machine, such as those of an app under test: a browser says that one asks. */
function refusePages({ headers }: IncomingMessage): void {
  const site = headers['sec-fetch-site']
  if (headers.origin === undefined && (site === undefined || site === 'none')) return
  throw new McpAuthError('ORIGIN_DENIED', 'Requests from web pages are not served.')
}

function answer({ method, url }: IncomingMessage, of: EnvironmentOf): Omit<Reply, 'reason'> {
  if (method !== 'GET') {
    throw new McpAuthError('METHOD_NOT_ALLOWED', 'Only GET is served here.')
  }
  const environment = of(url?.slice(1) ?? '')
  if (environment === undefined) {
    throw new McpAuthError('INVOKE_TARGET_UNKNOWN', 'No App ID of that name is in this run.', {
      hint: 'Ask for /<App ID>.',
    })
  }
  return { status: 200, headers, body: JSON.stringify(environment) }
}

const headers = Object.entries({
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
}).flat()
