// Nonces for DPoP proofs (RFC 9449 §9): made of the time and a key of this process, so that none has to be stored.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../core/clock.ts'

/** Seconds that a nonce is handed out; it is good for as long again. */
const slotSeconds = 120

export class DpopNonces {
  readonly #clock: Clock
  readonly #key = randomBytes(32)
  #slot = -1
  #current = ''
  #previous = ''

  constructor(clock: Clock) {
    this.#clock = clock
  }

  current(): string {
    this.#turn()
    return this.#current
  }

  /** Whether it is one that was handed out lately. */
  isOurs(nonce: unknown): boolean {
    this.#turn()
    return (
      typeof nonce === 'string' && (isSame(nonce, this.#current) || isSame(nonce, this.#previous))
    )
  }

  #turn(): void {
    const slot = Math.floor(this.#clock.monotonic() / 1000 / slotSeconds)
    if (slot === this.#slot) return
    this.#slot = slot
    this.#current = this.#of(slot)
    this.#previous = this.#of(slot - 1)
  }

  #of(slot: number): string {
    return createHmac('sha256', this.#key).update(String(slot)).digest('base64url')
  }
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)]
  return one.length === other.length && timingSafeEqual(one, other)
}
