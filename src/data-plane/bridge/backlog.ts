// Messages of a server to which nobody listens yet: the newest are kept, within bounds.

const most = 100
/** In UTF-16 code units. */
const longest = 1024 * 1024

export class Backlog {
  #messages: string[] = []
  #size = 0

  add(message: string): void {
    this.#messages.push(message)
    this.#size += message.length
    while (this.#messages.length > most || this.#size > longest) {
      this.#size -= this.#messages.shift()?.length ?? 0
    }
  }

  /** Oldest first; there are none left then. */
  take(): readonly string[] {
    const messages = this.#messages
    this.#messages = []
    this.#size = 0
    return messages
  }
}
