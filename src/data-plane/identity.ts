// Who calls: what each door believes, and nothing else (a `dapr-caller-app-id` from outside is only text).
import { hash, timingSafeEqual } from 'node:crypto'

import type { Caller } from '../core/exchange.ts'
import { McpAuthError } from '../core/errors.ts'
import type { HeaderList } from '../core/header-list.ts'
import { isLabel } from '../core/names.ts'
import type { Secret } from '../core/secret.ts'
import type { Door } from './access-log.ts'

/** Throws API_TOKEN_INVALID for a wrong `dapr-api-token`, REQUEST_MALFORMED for a peer without a name. */
export function identify(
  door: Door,
  headers: HeaderList,
  own: { readonly appId: string; readonly apiToken: Secret },
): Caller {
  if (door === 'ingress') return { appId: undefined, confirmed: false }
  if (door === 'peer') return peer(headers)
  const token = headers.get('dapr-api-token')
  if (token === undefined) return { appId: own.appId, confirmed: false }
  if (!sameSecret(token, own.apiToken.reveal())) {
    throw new McpAuthError('API_TOKEN_INVALID', 'The header dapr-api-token is wrong.', {
      hint: hintFor(token, own.appId),
    })
  }
  return { appId: own.appId, confirmed: true }
}

/** Tokens say whose they are, which proves nothing, but may tell what went wrong. */
function hintFor(token: string, own: string): string {
  const named = /^mcpauth:\/\/v1\/[^/]+\/([^/]+)\//.exec(token)?.[1]
  if (named === undefined || named === own || !isLabel(named)) {
    return 'Send the value of DAPR_API_TOKEN, or leave the header out.'
  }
  return `This is the sidecar of ${own}, and the token looks like one of ${named}: each App ID calls its own sidecar.`
}

/** The private socket is reachable for sidecars of this user only, and they write this header themselves. */
function peer(headers: HeaderList): Caller {
  const appId = headers.get('dapr-caller-app-id')
  if (appId === undefined || !isLabel(appId)) {
    throw new McpAuthError('REQUEST_MALFORMED', 'The calling sidecar names no App ID.')
  }
  return { appId, confirmed: true }
}

function sameSecret(given: string, wanted: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', wanted, 'buffer'))
}
