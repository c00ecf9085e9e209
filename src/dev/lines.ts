// Lines of a stream, whole, each of bounded length.

export class Lines {
  readonly #longest: number
  readonly #onLine: (line: string) => void
  readonly #onTooLong: () => void
  #chunks: Buffer[] = []
  #size = 0

  /** A line longer than `longest` bytes is dropped; `onTooLong` hears of it before its end has come. */
  constructor(longest: number, onLine: (line: string) => void, onTooLong: () => void) {
    this.#longest = longest
    this.#onLine = onLine
    this.#onTooLong = onTooLong
  }

  /** Takes the stream in any pieces. */
  write(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.#add(chunk.subarray(start, end))
      this.end()
      start = end + 1
    }
    this.#add(chunk.subarray(start))
  }

  /** Gives out what has no end yet. */
  end(): void {
    const line = Buffer.concat(this.#chunks).toString()
    this.#chunks = []
    this.#size = 0
    if (line !== '') this.#onLine(line)
  }

  #add(bytes: Buffer): void {
    if (bytes.length === 0 || this.#size > this.#longest) return
    this.#size += bytes.length
    if (this.#size <= this.#longest) {
      // A part of the stream's memory would keep all of it.
      this.#chunks.push(Buffer.from(bytes))
      return
    }
    this.#chunks = []
    this.#onTooLong()
  }
}
