// Sends requests to URLs that came from the network: to public addresses alone, checked as the connection is made.
import { isAddress, isLoopback, judgeUrl } from '../core/trusted-url.ts'
import { createControlSender, sendControlRequest, type ControlSender } from './control-request.ts'
import { isUsable, publicLookup } from './public-address.ts'

const toPublic = createControlSender({ lookup: publicLookup(false) })
const toPublicOrHere = createControlSender({ lookup: publicLookup(true) })

/**
 * `trusted` are URLs that the operator wrote: their origins may be anywhere, and when one of them is this machine others may
 * be as well. `send` is used for those origins.
 */
export function createGuardedSender(
  trusted: readonly URL[],
  send: ControlSender = sendControlRequest,
): ControlSender {
  const origins = new Set(trusted.map(({ origin }) => origin))
  const isLocal = trusted.some(({ hostname }) => isLoopback(hostname))
  return async (request, signal) => {
    const judged = judgeUrl(request.url)
    if (!judged.ok) return refuse(`is not asked: its URL ${judged.problem}`)
    const { origin, hostname } = judged.url
    if (origins.has(origin)) return send(request, signal)
    // Sockets look up names only.
    if (isAddress(hostname) && !isUsable(hostname.replaceAll(/[[\]]/g, ''), isLocal)) {
      return refuse('is not asked: it is an address inside, and came from the network')
    }
    return (isLocal ? toPublicOrHere : toPublic)(request, signal)
  }
}

function refuse(detail: string): { ok: false; failure: 'forbidden'; detail: string } {
  return { ok: false, failure: 'forbidden', detail }
}
