// Fetches Client ID Metadata Documents: only where that is safe, a few at a time, and not again while one is fresh.
import { errors } from 'oidc-provider'
import type { AdapterPayload } from 'oidc-provider'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/logger.ts'
import { quote } from '../../core/quote.ts'
import { isLoopback } from '../../core/trusted-url.ts'
import { sendControlRequest } from '../../oauth/control-request.ts'
import { createGuardedSender } from '../../oauth/guarded-sender.ts'
import { documentUrl, readClientDocument } from './client-document.ts'

/** What one document may be, and how many are kept or on their way. */
const maxBytes = 16 * 1024
const timeoutMs = 3000
const mostKept = 100
const mostAtOnce = 8
/** Seconds that a document is fresh: as its max-age says, within bounds. */
const defaultAge = 10
const longestAge = 3600

/** Asks public addresses alone, checked as the connection is made. */
const sendToPublic = createGuardedSender([])

interface Kept {
  readonly client: AdapterPayload
  /** Monotonic, in ms. */
  readonly until: number
}

/** Whose documents are read: nobody's, those that lie on this machine, or those of public addresses as well. */
export const documentPolicies = ['off', 'local', 'any'] as const
export type DocumentPolicy = (typeof documentPolicies)[number]

export interface ClientDocumentsOptions {
  readonly policy: DocumentPolicy
  readonly clock: Clock
  readonly logger: Logger
}

export class ClientDocuments {
  readonly policy: DocumentPolicy
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #kept = new Map<string, Kept>()
  readonly #coming = new Map<string, Promise<AdapterPayload>>()

  constructor({ policy, clock, logger }: ClientDocumentsOptions) {
    this.policy = policy
    this.#clock = clock
    this.#logger = logger
  }

  /**
   * The registration of the client whose id is the URL of a document; undefined where it is none. Throws invalid_client when
   * it cannot be had, invalid_client_metadata when it is wrong.
   */
  async find(clientId: string): Promise<AdapterPayload | undefined> {
    const url = this.policy === 'off' ? undefined : documentUrl(clientId)
    if (url === undefined) return undefined
    const kept = this.#kept.get(clientId)
    if (kept !== undefined && kept.until > this.#clock.monotonic()) return kept.client
    const coming = this.#coming.get(clientId)
    if (coming !== undefined) return coming
    if (this.#coming.size >= mostAtOnce) throw notHad('too many are being fetched')
    const fetched = this.#fetch(clientId, url)
    this.#coming.set(clientId, fetched)
    try {
      return await fetched
    } catch (error) {
      this.#logger.warn('client document refused', {
        client: quote(clientId),
        error:
          error instanceof Error && 'error_description' in error
            ? String(error.error_description)
            : String(error),
      })
      throw error
    } finally {
      this.#coming.delete(clientId)
    }
  }

  async #fetch(clientId: string, url: URL): Promise<AdapterPayload> {
    const isHere = isLoopback(url.hostname)
    if (!isHere && this.policy !== 'any') throw notHad('it is on another machine')
    const request = {
      method: 'GET',
      url: clientId,
      headers: { accept: 'application/json' },
      timeoutMs,
      maxBytes,
    } as const
    const send = isHere ? sendControlRequest : sendToPublic
    const answer = await send(request, AbortSignal.timeout(timeoutMs))
    if (!answer.ok) throw notHad(answer.detail)
    if (answer.status !== 200) throw notHad(`its status is ${answer.status}`)
    const client = readClientDocument(clientId, answer.text)
    this.#keep(clientId, client, ageOf(answer.header('cache-control') ?? ''))
    this.#logger.info('client document read', { client: quote(clientId) })
    return client
  }

  #keep(clientId: string, client: AdapterPayload, seconds: number): void {
    this.#kept.delete(clientId)
    this.#kept.set(clientId, { client, until: this.#clock.monotonic() + seconds * 1000 })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest)
  }
}

function ageOf(cacheControl: string): number {
  if (/(?:^|,)\s*(?:no-store|no-cache)\b/i.test(cacheControl)) return 0
  const [, age] = /(?:^|,)\s*max-age\s*=\s*(\d{1,9})/i.exec(cacheControl) ?? []
  return age === undefined ? defaultAge : Math.min(Number(age), longestAge)
}

function notHad(why: string): Error {
  return new errors.InvalidClient(`the client id metadata document was not had: ${why}`)
}
