// A mint for a client_credentials client that knows its resource or its issuer, and finds out the rest with the first token.
import type { Clock } from '../core/clock.ts'
import { McpAuthError } from '../core/errors.ts'
import type { OAuthClientStore } from '../core/oauth-clients.ts'
import type { ControlSender } from './control-request.ts'
import { discover } from './discover.ts'
import {
  authStyleOf,
  bindingProblem,
  paramsOf,
  senderOf,
  type SoughtClient,
} from './sought-client.ts'
import { createMint, type Mint } from './token-request.ts'
import type { MintFailure } from './token-response.ts'

interface Parts {
  readonly send: ControlSender
  readonly clock: Clock
  /** Absent where there is no project: then a client may follow its resource to another server with each process. */
  readonly clients?: OAuthClientStore | undefined
}

/** A refusal has the way looked for again, at the next attempt. */
export function createDiscoveredMint(
  sought: SoughtClient & { readonly clientId: string },
  parts: Parts,
): Mint {
  let known: Mint | undefined
  const send = senderOf(sought, parts.send)
  const seek = async (signal: AbortSignal): Promise<Mint | MintFailure> => {
    const found = await discover(sought, send, signal)
    if (!found.ok) return unknown(found.problem, found)
    const foreign = bindingProblem(sought, found, parts.clients)
    if (foreign !== undefined) return unknown(foreign.problem, foreign)
    const { issuer: _issuer, resource: _resource, metadataUrl: _metadataUrl, ...rest } = sought
    const { authentication, ...client } = rest
    const { tokenUrl, issuer = tokenUrl.href } = found.server
    return createMint(
      {
        ...client,
        ...(authentication === undefined
          ? {}
          : { authentication: { ...authentication, audience: authentication.audience ?? issuer } }),
        tokenUrl,
        authStyle: authStyleOf(sought.authStyle, found.server),
        scopes: sought.scopes.length > 0 ? sought.scopes : scopesOf(found.scopes),
        params: paramsOf(sought, found.resource),
      },
      { send, clock: parts.clock },
    )
  }
  return async (signal) => {
    const mint = known ?? (await seek(signal).catch(storeFailure))
    if (typeof mint !== 'function') return mint
    known = mint
    const result = await mint(signal)
    if (!result.ok && result.kind === 'refused') known = undefined
    return result
  }
}

/** A client of its own has nothing to do offline. */
function scopesOf(scopes: readonly string[] = []): readonly string[] {
  return scopes.filter((scope) => scope !== 'offline_access')
}

/** Of the store that a client is bound in; a mint never rejects. */
function storeFailure(error: unknown): MintFailure {
  if (!(error instanceof McpAuthError)) throw error
  return unknown(`the store of clients failed (${error.code})`, { isPassing: true })
}

function unknown(
  problem: string,
  { isPassing = false, hint }: { readonly isPassing?: boolean; readonly hint?: string },
): MintFailure {
  return {
    ok: false,
    kind: isPassing ? 'unavailable' : 'refused',
    problem: `cannot be found: ${problem}`,
    ...(hint === undefined ? {} : { hint }),
  }
}
