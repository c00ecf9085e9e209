// Claims of a verified token as headers for the app. What a caller sends under their names never gets there.
import type { HeaderList } from '../core/header-list.ts'
import type { JsonObject } from '../core/json.ts'
import type { ClaimHeader } from '../core/token-settings.ts'
import { deleteSpellings } from './header-spellings.ts'

/** Longer values are left out. */
const longest = 1024

export class ClaimHeaders {
  readonly #wanted: readonly ClaimHeader[]
  readonly #fields: ReadonlySet<string>

  constructor(wanted: readonly ClaimHeader[]) {
    this.#wanted = wanted
    this.#fields = new Set(wanted.map(({ header }) => header.toLowerCase()))
  }

  /** Name, value, name, value, … for those claims that a header can carry. */
  valuesOf(claims: JsonObject): readonly string[] {
    return this.#wanted.flatMap(({ header, claim }) => {
      const value = Object.hasOwn(claims, claim) ? valueOf(claims[claim]) : undefined
      return value === undefined ? [] : [header, value]
    })
  }

  /** Replaces what the caller sent under these names, in any spelling that a server could read, by `values`. */
  put(headers: HeaderList, values: readonly string[]): void {
    if (this.#fields.size === 0) return
    deleteSpellings(headers, this.#fields)
    for (let index = 0; index < values.length; index += 2) {
      headers.append(values[index] ?? '', values[index + 1] ?? '')
    }
  }
}

/** Text, numbers and booleans as they are, lists with commas between; nothing that could be read as something else. */
function valueOf(claim: unknown): string | undefined {
  if (!Array.isArray(claim)) return textOf(claim)
  const texts = claim.map((item: unknown) => textOf(item))
  if (texts.some((text) => text === undefined || text.includes(','))) return undefined
  const joined = texts.join(',')
  return joined === '' || joined.length > longest ? undefined : joined
}

function textOf(claim: unknown): string | undefined {
  if (typeof claim === 'number' || typeof claim === 'boolean') return String(claim)
  if (typeof claim !== 'string' || claim.length > longest) return undefined
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(claim) ? claim : undefined
}
