// Regular expressions of schemas: RE2, whose time is linear in the text whatever the expression is.
import { createRequire } from 'node:module'

import type { RE2JS } from 're2js'

export interface Expression {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean
  /** Its source: ajv takes expressions of one text for one expression. */
  toString(): string
}

/** Undefined for what is no RE2 expression. Loads RE2 at the first call. */
export function expressionOf(source: string): Expression | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- require has no types
  re2 ??= createRequire(import.meta.url)('re2js') as { readonly RE2JS: typeof RE2JS }
  try {
    const compiled = re2.RE2JS.compile(source)
    return { test: (text) => compiled.test(text), toString: () => source }
  } catch {
    return undefined
  }
}

let re2: { readonly RE2JS: typeof RE2JS } | undefined
