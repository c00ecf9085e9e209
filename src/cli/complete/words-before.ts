// The words of a command line before the cursor, read as the command declares them.
import type { Command, OptionSpec } from '../command.ts'

/** Never complains: the line is not finished. */
export class WordsBefore {
  readonly args: string[] = []
  /** Long names of the options on the line. */
  readonly given = new Set<string>()
  /** Long name → last value. */
  readonly values = new Map<string, string>()
  readonly #command: Command
  #open: string | undefined
  #onlyArguments = false

  constructor(command: Command, words: readonly string[]) {
    this.#command = command
    for (const word of words) this.#read(word)
  }

  /** The option that waits for its value. */
  get open(): OptionSpec | undefined {
    return this.#open === undefined ? undefined : this.#command.options[this.#open]
  }

  /** Whether what follows is no option of this command, whatever it looks like. */
  get onlyArguments(): boolean {
    return this.#onlyArguments
  }

  #read(word: string): void {
    if (this.#open !== undefined) {
      this.values.set(this.#open, word)
      this.#open = undefined
    } else if (this.#onlyArguments || word === '-' || !word.startsWith('-')) {
      this.args.push(word)
      this.#onlyArguments ||= this.#command.passThrough === true
    } else if (word === '--') this.#onlyArguments = true
    else this.#readOption(word)
  }

  #readOption(word: string): void {
    const { options } = this.#command
    const [name, value] = word.startsWith('--') ? longOption(word) : shortOption(word, options)
    const spec = Object.hasOwn(options, name) ? options[name] : undefined
    if (spec === undefined) return
    this.given.add(name)
    if (value !== undefined) this.values.set(name, value)
    else if (spec.type !== 'boolean') this.#open = name
  }
}

function longOption(word: string): [name: string, value: string | undefined] {
  const [name = '', value] = word.slice(2).split('=', 2)
  return [name, value]
}

function shortOption(
  word: string,
  options: Command['options'],
): [name: string, value: string | undefined] {
  const found = Object.entries(options).find(([, { short }]) => short === word.charAt(1))
  return [found?.[0] ?? '', word.length > 2 ? word.slice(2) : undefined]
}
