// The request target: checked against a strict grammar and normalized once, so that policy and forwarding see one path.
import { McpAuthError } from './errors.ts'

export interface Target {
  /** Canonical percent-encoding: unreserved characters literal, upper-case hex, no empty or dot segments inside. */
  readonly path: string
  /** As received, with its `?`, or the empty string. */
  readonly query: string
}

// RFC 3986 §3.3 pchar and "/"; anything else must come percent-encoded.
const pathGrammar = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*$/
const queryGrammar = /^\?[\x21\x22\x24-\x7e]*$/
// Needs no normalizing: no escapes, no empty segment, no segment that starts with a dot.
const plainPath = /^(?=\/)(?:\/(?!\.)[A-Za-z0-9\-._~!$&'()*+,;=:@]+)*\/?$/
const escape = /%([0-9A-Fa-f]{2})?/g
const unreserved = /[A-Za-z0-9\-._~]/
// A path parameter after a dot segment (`..;x`) is read as a dot segment by some servers.
const dotSegment = /^\.{1,2}(?:;.*)?$/

/**
 * Parses an origin-form request target (RFC 9112 §3.2.1).
 * Throws REQUEST_MALFORMED for every other form and for whatever two parsers could read differently:
 * dot segments (also encoded, up to twice), encoded `/ \ # ?`, control characters, invalid UTF-8.
 */
export function parseTarget(target: string): Target {
  const mark = target.indexOf('?')
  const rawPath = mark === -1 ? target : target.slice(0, mark)
  const query = mark === -1 ? '' : target.slice(mark)
  if (query !== '' && !queryGrammar.test(query)) {
    throw malformed('The query holds a character that must be percent-encoded.')
  }
  if (plainPath.test(rawPath)) return { path: rawPath, query }
  if (!pathGrammar.test(rawPath)) {
    throw malformed('The request target is not a path with percent-encoded characters.')
  }
  return { path: normalize(rawPath), query }
}

/** The path as text, for matching rules against. */
export function decodePath(path: string): string {
  return path.includes('%') ? decodeURIComponent(path) : path
}

function normalize(rawPath: string): string {
  const path = rawPath.replace(escape, (whole: string, hex: string | undefined) => {
    if (hex === undefined) throw malformed('The path holds a "%" that is no percent-encoding.')
    return normalizeEscape(whole, hex)
  })
  const decoded = decode(path)
  for (const text of [decoded, decodeAgain(decoded)]) {
    if (text.split(/[/\\]/).some((segment) => dotSegment.test(segment))) {
      throw malformed('The path holds a "." or ".." segment.')
    }
  }
  return path.replace(/\/{2,}/g, '/')
}

function normalizeEscape(whole: string, hex: string): string {
  const code = Number.parseInt(hex, 16)
  const character = String.fromCharCode(code)
  if (code < 0x20 || code === 0x7f || '/\\#?'.includes(character)) {
    throw malformed(`The path holds the percent-encoded character ${whole}, which is not served.`)
  }
  return unreserved.test(character) ? character : whole.toUpperCase()
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw malformed('The path is not valid UTF-8.')
  }
}

/** A second decoding finds doubly encoded dot segments; text that does not decode again has none. */
function decodeAgain(text: string): string {
  return text.replace(/%2e/gi, '.').replace(/%2f/gi, '/').replace(/%5c/gi, '\\')
}

function malformed(message: string): McpAuthError {
  return new McpAuthError('REQUEST_MALFORMED', message)
}
