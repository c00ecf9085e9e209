// The settings of CORS that are lists: web origins, methods, names of headers.
import { readList, type Read } from './token-settings.ts'

/** Each exactly as browsers write it in `Origin`; never a wildcard. */
export function readOrigins(text: string): Read<readonly string[]> {
  const list = readList(text)
  if ('problem' in list) return list
  if (list.value.length > 0 && list.value.every(isOrigin)) return list
  return {
    problem: 'is not a list of web origins',
    hint: 'Write "https://app.example.com", without a path; "*" is not served, and origins of this machine are anyway.',
  }
}

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text
}

/** Methods or names of headers; `*` among them would allow what nobody has named. */
export function readTokens(text: string): Read<readonly string[]> {
  const list = readList(text)
  if ('problem' in list) return list
  if (list.value.length > 0 && list.value.every((item) => token.test(item))) return list
  return {
    problem: 'is not a list of names',
    hint: 'Write names with a comma between two; "*" is none.',
  }
}

/** RFC 9110 §5.6.2, without `*`. */
const token = /^[!#$%&'+\-.^_`|~0-9A-Za-z]{1,128}$/
