// Whether a program from npm can be had here; tests that need it are skipped where not.
import { installPeer, type Peer } from '../support/npm-peer.ts'

/** Undefined when it is there; otherwise why not, which is also printed. */
export function missingPeer(peer: Peer): string | undefined {
  try {
    installPeer(peer)
    return undefined
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? 'unknown') : 'unknown'
    process.stdout.write(`interop skipped: ${peer.spec} cannot be installed here (${why})\n`)
    return why
  }
}
