// Filters lists in a stream of server-sent events: an event that answers a list request is rewritten, all other bytes pass.

/** Bytes of one event that are held at most: the largest answer there can be. */
export const largestEvent = 16 * 1024 * 1024

/** The stream cannot be judged, so it must not go on. */
export class UnreadableEvent extends Error {}

const lf = 0x0a
const cr = 0x0d
const colon = 0x3a
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const mark = Buffer.from('\ufeff')

/** The types of the events that readers of today dispatch: others are ignored (streamable HTTP). */
const messageTypes: readonly string[] = ['', 'message']

/**
 * Takes the stream in any pieces and returns what may go on. `rewrite` gets the data and the type of each event of one of
 * `types` and returns the data changed, unchanged, or undefined for what it cannot read. Throws UnreadableEvent.
 */
export class EventFilter {
  readonly #rewrite: (data: string, type: string) => string | undefined
  readonly #types: readonly string[]
  /** The lines of the event so far, each with its end; the last one may be unfinished. */
  #lines: Buffer[] = []
  #line: Buffer[] = []
  #held = 0
  #afterCr = false
  #isFirstLine = true

  constructor(
    rewrite: (data: string, type: string) => string | undefined,
    types: readonly string[] = messageTypes,
  ) {
    this.#rewrite = rewrite
    this.#types = types
  }

  write(chunk: Buffer): Buffer {
    const out: Buffer[] = []
    let start = 0
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at]
      const wasAfterCr = this.#afterCr
      this.#afterCr = byte === cr
      if (byte === lf && wasAfterCr) {
        // The second half of an end of line whose line is dealt with.
        this.#addToLastLine(chunk.subarray(at, at + 1), out)
        start = at + 1
      } else if (byte === lf || byte === cr) {
        this.#line.push(chunk.subarray(start, at + 1))
        this.#hold(at + 1 - start)
        this.#endLine(out)
        start = at + 1
      }
    }
    if (start < chunk.length) {
      // The chunk's memory is the client's; what is kept for longer is copied.
      this.#line.push(Buffer.from(chunk.subarray(start)))
      this.#hold(chunk.length - start)
    }
    return out.length === 1 && out[0] !== undefined ? out[0] : Buffer.concat(out)
  }

  /** What is left: an event without its end, which no reader dispatches. It may go on unless it may hold a list. */
  end(): Buffer {
    const rest = [...this.#lines, ...this.#line]
    const [first] = this.#lines.length > 0 ? this.#lines : [Buffer.concat(this.#line)]
    return first?.[0] === colon ? Buffer.concat(rest) : Buffer.alloc(0)
  }

  #hold(bytes: number): void {
    this.#held += bytes
    if (this.#held > largestEvent) throw new UnreadableEvent('an event is too large')
  }

  #addToLastLine(byte: Buffer, out: Buffer[]): void {
    const last = this.#lines.pop()
    // After the line that ended an event, or a comment, there is none.
    if (last === undefined) out.push(byte)
    else this.#lines.push(Buffer.concat([last, byte]))
  }

  #endLine(out: Buffer[]): void {
    const line = Buffer.concat(this.#line)
    this.#line = []
    const isFirst = this.#isFirstLine
    this.#isFirstLine = false
    const bare = isFirst && line.subarray(0, 3).equals(mark) ? line.subarray(3) : line
    const isBlank = bare.length === 1
    if (isBlank) this.#endEvent(line, out)
    // A comment that stands alone keeps a connection alive, and must not wait.
    else if (bare[0] === colon && this.#lines.length === 0) {
      out.push(line)
      this.#held = 0
    } else if (bare.length < line.length) {
      // A byte order mark passes; the line after it is read as the client reads it.
      out.push(mark)
      this.#lines.push(bare)
    } else this.#lines.push(line)
  }

  #endEvent(blank: Buffer, out: Buffer[]): void {
    const lines = this.#lines
    this.#lines = []
    this.#held = 0
    out.push(...this.#judge(lines), blank)
  }

  #judge(lines: readonly Buffer[]): readonly Buffer[] {
    const fields = lines.map((line) => fieldOf(line))
    const data = fields.flatMap(({ name, value }) => (name === 'data' ? [value] : []))
    const type = fields.findLast(({ name }) => name === 'event')?.value ?? ''
    const text = data.join('\n')
    // Readers ignore other events, and those without data.
    if (text === '' || !this.#types.includes(type)) return lines
    const rewritten = this.#rewrite(text, type)
    if (rewritten === undefined) throw new UnreadableEvent('an event is no JSON')
    if (rewritten === text) return lines
    const place = fields.findIndex(({ name }) => name === 'data')
    return lines.flatMap((line, index) => {
      if (fields[index]?.name !== 'data') return [line]
      return index === place ? [Buffer.from(`data: ${rewritten}${endOf(line)}`)] : []
    })
  }
}

/** A line as a reader takes it apart (HTML standard §9.2.6). */
function fieldOf(line: Buffer): { readonly name: string; readonly value: string } {
  const text = utf8.decode(line).replace(/[\r\n]+$/, '')
  const at = text.indexOf(':')
  if (at === -1) return { name: text, value: '' }
  const value = text.slice(at + 1)
  return { name: text.slice(0, at), value: value.startsWith(' ') ? value.slice(1) : value }
}

function endOf(line: Buffer): string {
  return /[\r\n]+$/.exec(utf8.decode(line.subarray(-2)))?.[0] ?? '\n'
}
