// Whether everybody decodes a body in the same way.

interface EncodingHeaders {
  /** Takes lower-case names. */
  get(name: string): string | undefined
  has(name: string): boolean
}

const utf8Charset = /;\s*charset\s*=\s*(?:utf-8|"utf-8")\s*(?=;|$)/i

/** What is wrong with it, as a sentence: whoever decodes the body in another way would read another message. */
export function encodingProblem(headers: EncodingHeaders): string | undefined {
  if (headers.has('content-encoding')) return 'The body is compressed.'
  // Whatever stands beside it may be the one that another reader takes: a second charset, or one in quotes.
  const rest = (headers.get('content-type') ?? '').replace(utf8Charset, '')
  return /charset/i.test(rest) ? 'The charset of the body is not UTF-8.' : undefined
}
