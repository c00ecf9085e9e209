// One HTTP request through a sidecar.
import { request, type IncomingMessage } from 'node:http'

import type { ReachedSidecar } from './sidecar-access.ts'
import { sidecarUnreachable } from './sidecar-error.ts'

export interface Invocation {
  readonly method: string
  /** On the sidecar, with its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** Resolves with the head of the answer, whose body is to be read. Throws UPSTREAM_UNREACHABLE when nobody answers. */
export function invoke(
  { url, apiToken }: ReachedSidecar,
  { method, path, headers, body }: Invocation,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(url), {
      method,
      path,
      headers: { ...headers, 'dapr-api-token': apiToken.reveal() },
      agent: false,
    })
    sent.once('response', resolve)
    sent.once('error', (error) => reject(sidecarUnreachable(url, error)))
    sent.end(body)
  })
}
