// Which URLs may carry credentials or deliver keys: https, or plain http to this machine.
import type { RuleProblem } from './rule-problem.ts'

export type UrlVerdict =
  | { readonly ok: true; readonly url: URL }
  | ({
      readonly ok: false
      /** `insecure`: well-formed, but plain http to another machine. */
      readonly reason: 'invalid' | 'insecure'
    } & RuleProblem)

/** Judges an absolute URL as written. Never repeats its text, which may hold credentials. */
export function judgeUrl(text: string): UrlVerdict {
  if (!/^[\x21-\x7e]+$/.test(text)) {
    const hint =
      'Write host names of other scripts in their "xn--" form, and escape the rest with "%".'
    return invalid('holds spaces or characters outside ASCII', hint)
  }
  // Other parsers read a back slash, or a missing "//", as something else than the WHATWG parser does.
  const url = /^[a-z][a-z0-9+.-]*:\/\/[^\\]+$/i.test(text) ? URL.parse(text) : null
  if (url === null) return invalid('is not an absolute URL', 'Write https://host/path.')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return invalid('is not an http or https URL', 'Write https://host/path.')
  }
  if (text.includes('#')) return invalid('has a fragment', 'Remove "#" and what follows.')
  return judgeAuthority(text, url)
}

/** What is wrong with a URL that paths are appended to; plain http to another machine is the caller's to judge. */
export function serviceUrlProblem(text: string): RuleProblem | undefined {
  const verdict = judgeUrl(text)
  if (!verdict.ok && verdict.reason === 'invalid') return verdict
  if (!text.includes('?')) return undefined
  return {
    problem: 'contains a query string, but paths are appended to it',
    hint: 'Remove "?" and what follows.',
  }
}

/** The URL at which others reach a server, without a slash at the end; or what is wrong with it. */
export function readPublicUrl(text: string): { readonly url: string } | RuleProblem {
  const verdict = judgeUrl(text)
  if (!verdict.ok) return verdict
  const { origin, pathname } = verdict.url
  if (text.includes('?'))
    return { problem: 'contains a query string', hint: 'Remove "?" and what follows.' }
  return { url: origin + pathname.replace(/\/+$/, '') }
}

/** True for the names and addresses that cannot leave this machine. Takes `URL.hostname`. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

/** True when the host is an IP address rather than a name. Takes `URL.hostname`. */
export function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^\d+(?:\.\d+){3}$/.test(hostname)
}

/** `origin` and path, the part of a URL that is safe to print. */
export function printableUrl(url: URL): string {
  return url.origin + url.pathname
}

function judgeAuthority(text: string, url: URL): UrlVerdict {
  if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?]*@/.test(text)) {
    return invalid('carries a user name or password', 'Remove the part before "@".')
  }
  // `2130706433`, `0x7f.1` and `127.1` all mean 127.0.0.1: a spelling that the parser rewrites hides its target.
  if (writtenHost(text) !== url.hostname) {
    return invalid(
      'spells its host in an unusual way',
      'Write the host name, or the plain address.',
    )
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    const hint = 'Use an https URL; plain http is for localhost, 127.0.0.1 and [::1] only.'
    return { ok: false, reason: 'insecure', problem: 'uses plain http to another machine', hint }
  }
  return { ok: true, url }
}

function writtenHost(text: string): string | undefined {
  const authority = /^https?:\/\/([^/?#\\]*)/i.exec(text)?.[1]
  return authority?.replace(/:\d*$/, '').toLowerCase()
}

function invalid(problem: string, hint: string): UrlVerdict {
  return { ok: false, reason: 'invalid', problem, hint }
}
