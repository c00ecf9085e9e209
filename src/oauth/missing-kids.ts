// Key names that the issuer was asked for and does not have, remembered for a short while.

const rememberMs = 30_000
const most = 1024

/** A bounded negative cache on the monotonic clock. `undefined` stands for "any other key". */
export class MissingKids {
  readonly #until = new Map<string, number>()

  has(kid: string | undefined, nowMs: number): boolean {
    const until = this.#until.get(nameOf(kid))
    return until !== undefined && nowMs < until
  }

  add(kid: string | undefined, nowMs: number): void {
    const name = nameOf(kid)
    this.#until.delete(name)
    this.#until.set(name, nowMs + rememberMs)
    if (this.#until.size <= most) return
    const [oldest] = this.#until.keys()
    if (oldest !== undefined) this.#until.delete(oldest)
  }

  clear(): void {
    this.#until.clear()
  }
}

/** Keeps "no name" apart from every name. */
function nameOf(kid: string | undefined): string {
  return kid === undefined ? '' : `=${kid}`
}
