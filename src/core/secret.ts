// A value that must not be printed: every way of turning it into text but reveal() gives a placeholder.
import { inspect } from 'node:util'

export const redacted = '***'

/** Wraps a secret so that logs, errors, JSON and string templates cannot leak it. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The secret itself. Call it at the last moment, where it goes on the wire. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return redacted
  }

  toJSON(): string {
    return redacted
  }

  [inspect.custom](): string {
    return redacted
  }
}
