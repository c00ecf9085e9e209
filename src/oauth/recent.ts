// What was learned a short while ago, kept for a bounded number of keys.

/** On the monotonic clock. The oldest entry gives way to one too many. */
export class Recent<T> {
  readonly #entries = new Map<string, { readonly value: T; readonly until: number }>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get(key: string, nowMs: number): T | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (nowMs < entry.until) return entry.value
    this.#entries.delete(key)
    return undefined
  }

  /** Keeps `value` until the time `untilMs`, exclusive. */
  set(key: string, value: T, untilMs: number): void {
    this.#entries.delete(key)
    this.#entries.set(key, { value, until: untilMs })
    if (this.#entries.size <= this.#most) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}
