// Lets the faults that were left for the development authorization server happen, each at the request it is for.
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../../core/logger.ts'
import { takeFault, type Fault } from './faults.ts'
import type { IdpStore } from './store.ts'

export interface PendingFaultsOptions {
  readonly home: string
  readonly logger: Logger
  readonly store: IdpStore
}

/** A fault that cannot be read is none: nothing here rejects. */
export class PendingFaults {
  readonly #options: PendingFaultsOptions

  constructor(options: PendingFaultsOptions) {
    this.#options = options
  }

  /** What happens to a request at `path` before it is looked at: nothing, later, or `down` for never. */
  async ofRequest(path: string, signal: AbortSignal): Promise<'down' | undefined> {
    const { logger, store } = this.#options
    if ((await this.#take(({ kind }) => kind === 'revoke')) !== undefined) {
      store.revokeAll()
      logger.info('fault: all was revoked')
    }
    const fault = await this.#take((one) => isOfRequest(one) && one.path === path)
    if (fault === undefined) return undefined
    logger.info(`fault: ${fault.kind}`, { path })
    if (fault.kind === 'down') return 'down'
    return delay(fault.seconds * 1000, undefined, { signal }).catch(() => 'down' as const)
  }

  /** Whether the access token that is being issued shall have expired already. */
  async isExpiryDue(): Promise<boolean> {
    const isDue = (await this.#take(({ kind }) => kind === 'expire')) !== undefined
    if (isDue) this.#options.logger.info('fault: a token is issued that has expired')
    return isDue
  }

  async #take(fits: (fault: Fault) => boolean): Promise<Fault | undefined> {
    try {
      return await takeFault(this.#options.home, fits)
    } catch (error) {
      this.#options.logger.error('a fault was passed over', {
        error: error instanceof Error ? error.message : String(error),
      })
      return undefined
    }
  }
}

function isOfRequest({ kind }: Fault): boolean {
  return kind === 'slow' || kind === 'down'
}
