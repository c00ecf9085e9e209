// Finds the parts of a manifest's text that may be secrets, so that a code frame does not show them.
// It reads tokens, not a tree, because the text may not parse; where it is unsure, it masks.

import { isCredentialHeader, isCredentialName, isPublicSetting } from './credentials.ts'
import type { Span } from './problem.ts'
import { yaml } from './yaml-package.ts'

/** Spans of scalars that must not be shown, in order and without overlap. */
export function secretSpans(text: string): Span[] {
  const items = new ItemTracker()
  const scalars = [...scalarsOf(text, items)]
  const named = new Set(scalars.filter(namesPublicSetting).map(({ item }) => item))
  const secretItems = new Set(
    scalars
      .filter(
        (scalar) => revealsSecretItem(scalar) || (isSetting(scalar) && !named.has(scalar.item)),
      )
      .map(({ item }) => item),
  )
  return scalars.filter((scalar) => isSecret(scalar, secretItems)).map(({ span }) => span)
}

interface Scalar {
  readonly span: Span
  readonly value: string
  /** Keys above it on the path, innermost last; empty in a list. */
  readonly path: readonly string[]
  readonly isKey: boolean
  /** The innermost list item or flow mapping that it stands in. */
  readonly item: number
}

/** A setting may be a secret unless its name is known not to be: the name may be misspelt. */
function isSetting({ path, item }: Scalar): boolean {
  return item !== 0 && path.includes('spec') && path.includes('metadata')
}

function namesPublicSetting({ value, path }: Scalar): boolean {
  return path.at(-1) === 'name' && isPublicSetting(value)
}

/** A name in an item of settings or headers makes the other values of that item suspect, whatever its own key. */
function revealsSecretItem({ value, isKey, path }: Scalar): boolean {
  if (isKey || path.at(-1) === 'type' || path.at(-1) === 'version') return false
  if (!/^[\w.-]{1,64}$/.test(value)) return false
  return path.includes('headers') ? isCredentialHeader(value) : isCredentialName(value)
}

/** Parts of a Configuration that are about secrets and hold none. */
const secretRules = new Set(['secrets', 'allowedSecrets', 'deniedSecrets'])

/** Keys whose values name things. */
const naming = new Set(['name', 'key', 'envRef', 'type', 'version', 'kind', 'apiVersion'])

function isSecret({ value, path, isKey, item }: Scalar, secretItems: ReadonlySet<number>): boolean {
  if (isKey) return false
  if (/\/\/[^/\s]*@|(?:secret|password|token|key)=/i.test(value)) return true
  if (path.some((key) => isCredentialName(key) && !secretRules.has(key))) return true
  if (item === 0 || !secretItems.has(item)) return false
  return !naming.has(path.at(-1) ?? '')
}

function* scalarsOf(text: string, items: ItemTracker): Generator<Scalar> {
  let pending: { readonly span: Span; readonly value: string } | undefined
  for (const { type, token, start } of tokensOf(text)) {
    if (type !== 'scalar') {
      if (pending !== undefined && !layout.has(type)) {
        yield items.scalar(pending, type === 'map-value-ind')
        pending = undefined
      }
      items.token(type, token, start)
      continue
    }
    if (pending !== undefined) yield items.scalar(pending, false)
    items.at(start)
    pending = { span: { start, end: start + token.length }, value: unquoted(token) }
    items.after(token, start)
  }
  if (pending !== undefined) yield items.scalar(pending, false)
}

/** Tokens that may stand between a key and its ":". */
const layout = new Set<string | null>(['space', 'comment', 'newline'])

interface Token {
  readonly type: string | null
  readonly token: string
  readonly start: number
}

/** Tokens with offsets; all styles of scalars are `scalar`. */
function* tokensOf(text: string): Generator<Token> {
  const { CST, Lexer } = yaml()
  let start = 0
  let scalarFollows = false
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token)
    if (type === 'doc-mode' || type === 'flow-error-end' || token === CST.SCALAR) {
      scalarFollows = token === CST.SCALAR
      continue
    }
    const isScalar = scalarFollows || type?.endsWith('quoted-scalar') === true
    scalarFollows = false
    yield { type: isScalar ? 'scalar' : type, token, start }
    start += token.length
  }
}

function unquoted(token: string): string {
  return /^(["']).*\1$/s.test(token) ? token.slice(1, -1) : token
}

interface Level {
  /** Column of a block level; a flow level has none. */
  readonly column: number | undefined
  readonly item: number
  key: string | undefined
}

/** Follows indentation and brackets well enough to know the keys above a scalar and the item it stands in. */
class ItemTracker {
  #levels: Level[] = []
  #lineStart = 0
  #nextItem = 1
  #scalarColumn = 0

  /** Remembers where a scalar starts, before it is known to be a key. */
  at(offset: number): void {
    this.#scalarColumn = offset - this.#lineStart
  }

  after(token: string, offset: number): void {
    const newline = token.lastIndexOf('\n')
    if (newline !== -1) this.#lineStart = offset + newline + 1
  }

  token(type: string | null, token: string, offset: number): void {
    if (type === 'seq-item-ind' && !this.#inFlow()) {
      this.#popBlock(offset - this.#lineStart)
      this.#levels.push({ column: offset - this.#lineStart, item: this.#nextItem, key: undefined })
      this.#nextItem += 1
    } else if (type === 'flow-map-start' || type === 'flow-seq-start') {
      this.#levels.push({ column: undefined, item: this.#nextItem, key: undefined })
      this.#nextItem += 1
    } else if (type === 'flow-map-end' || type === 'flow-seq-end') {
      const open = this.#levels.findLastIndex(({ column }) => column === undefined)
      if (open !== -1) this.#levels.length = open
    } else if (type === 'comma') {
      const level = this.#levels.at(-1)
      if (level !== undefined) level.key = undefined
    } else if (type === 'doc-start') {
      this.#levels = []
    }
    this.after(token, offset)
  }

  scalar(found: { readonly span: Span; readonly value: string }, isKey: boolean): Scalar {
    if (isKey) this.#enterKey(found.value)
    return {
      ...found,
      isKey,
      path: this.#levels.flatMap(({ key }) => (key === undefined ? [] : [key])),
      item: this.#levels.at(-1)?.item ?? 0,
    }
  }

  #enterKey(key: string): void {
    const level = this.#levels.at(-1)
    if (level?.column === undefined && level !== undefined) {
      level.key = key
      return
    }
    const column = this.#scalarColumn
    // Members of an item stand deeper than its "-", siblings of a key at its column.
    while (this.#inBlockDeeperOrAt(column)) this.#levels.pop()
    this.#levels.push({ column, item: this.#levels.at(-1)?.item ?? 0, key })
  }

  #inBlockDeeperOrAt(column: number): boolean {
    const level = this.#levels.at(-1)
    return level?.column !== undefined && level.column >= column
  }

  #popBlock(column: number): void {
    for (;;) {
      const level = this.#levels.at(-1)
      if (level?.column === undefined) return
      // A list may stand at the column of its key: `scopes:` and `- a` below it.
      const isOwner = level.column === column && level.key !== undefined
      if (level.column < column || isOwner) return
      this.#levels.pop()
    }
  }

  #inFlow(): boolean {
    const level = this.#levels.at(-1)
    return level !== undefined && level.column === undefined
  }
}
