// HTTP headers as the flat raw list that Node and undici use, with look-ups on demand.

/** `[name, value, name, value, …]` in wire order and spelling. Look-ups take lower-case names. */
export class HeaderList {
  readonly raw: string[]
  /** Where the fields begin that were not there at first. */
  #added: number

  constructor(raw: string[]) {
    this.raw = raw
    this.#added = raw.length
  }

  /** The first value of `name`, or undefined. */
  get(name: string): string | undefined {
    const index = this.#indexOf(name, 0)
    return index === -1 ? undefined : this.raw[index + 1]
  }

  values(name: string): string[] {
    const found: string[] = []
    for (let at = this.#indexOf(name, 0); at !== -1; at = this.#indexOf(name, at + 2)) {
      found.push(this.raw[at + 1] ?? '')
    }
    return found
  }

  has(name: string): boolean {
    return this.#indexOf(name, 0) !== -1
  }

  /** Whether `set` or `append` gave the list a field of that name. */
  hasAdded(name: string): boolean {
    return this.#indexOf(name, this.#added) !== -1
  }

  /** Replaces every field of that name by one. */
  set(name: string, value: string): void {
    this.delete(name.toLowerCase())
    this.raw.push(name, value)
  }

  append(name: string, value: string): void {
    this.raw.push(name, value)
  }

  delete(name: string): void {
    for (let at = this.#indexOf(name, 0); at !== -1; at = this.#indexOf(name, at)) {
      this.raw.splice(at, 2)
      if (at < this.#added) this.#added -= 2
    }
  }

  #indexOf(name: string, from: number): number {
    const { raw } = this
    for (let index = from; index < raw.length; index += 2) {
      const candidate = raw[index] ?? ''
      if (candidate.length === name.length && candidate.toLowerCase() === name) return index
    }
    return -1
  }
}
