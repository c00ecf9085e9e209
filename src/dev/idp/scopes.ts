// What a scope may look like.

/** `scope-token` of RFC 6749 §3.3. */
export function isScope(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)
}
