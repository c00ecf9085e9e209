// Reading from standard input: all of it, a line, or a line that is not shown.
import { StringDecoder } from 'node:string_decoder'

import { McpAuthError } from '../core/errors.ts'

/** More than the largest manifest; what is beyond is not read. */
const maxInputBytes = 32 * 1024 * 1024

export async function readAll(input: NodeJS.ReadStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of input as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxInputBytes) break
  }
  return Buffer.concat(chunks)
}

/** A line without its end; what was typed so far at the end of the input. */
export async function readLine(input: NodeJS.ReadStream): Promise<string> {
  const line = new LineEditor()
  await eachChunk(input, (text) => line.type(text))
  return line.text
}

/**
 * The same without showing what is typed, from before `ask` puts the question. Throws INTERRUPTED on Ctrl-C, which a raw
 * terminal does not turn into a signal.
 */
export async function readHiddenLine(input: NodeJS.ReadStream, ask: () => void): Promise<string> {
  const line = new LineEditor()
  input.setRawMode(true)
  try {
    // Whoever sees the question may type at once.
    ask()
    await eachChunk(input, (text) => line.type(text))
  } finally {
    input.setRawMode(false)
  }
  return line.text
}

/** Calls `take` until it says that it has enough, or the input ends. */
async function eachChunk(input: NodeJS.ReadStream, take: (text: string) => boolean): Promise<void> {
  const decoder = new StringDecoder('utf8')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onData = (chunk: Buffer): void => {
    try {
      if (take(decoder.write(chunk))) resolve()
    } catch (error) {
      reject(error)
    }
  }
  const onEnd = (): void => resolve()
  input.on('data', onData).on('end', onEnd)
  try {
    await promise
  } finally {
    input.off('data', onData).off('end', onEnd).pause()
  }
}

/** The keys that a raw terminal leaves to the program. */
class LineEditor {
  #typed: string[] = []

  get text(): string {
    return this.#typed.join('')
  }

  /** Whether the line is complete. */
  type(keys: string): boolean {
    for (const key of keys) {
      if (key === '\r' || key === '\n' || key === endOfInput) return true
      if (key === interrupt) throw new McpAuthError('INTERRUPTED', 'Interrupted.')
      if (key === '\u007f' || key === '\b') this.#typed.pop()
      else if (key === eraseLine) this.#typed = []
      else this.#typed.push(key)
    }
    return false
  }
}

const interrupt = '\u0003'
const endOfInput = '\u0004'
const eraseLine = '\u0015'
