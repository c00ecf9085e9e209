// Bytes → text: UTF-8 and nothing else, and no character that a manifest has no use for.
import type { Problem } from './problem.ts'

/** The text of `bytes` without a byte order mark, or why it is not one. */
export function decodeManifest(
  bytes: Uint8Array,
): { readonly text: string } | { readonly text: string; readonly problem: Problem } {
  if (looksLikeUtf16(bytes)) {
    const message = 'The file is UTF-16, not UTF-8.'
    return { text: '', problem: problemAt(0, 'encoding', message, 'Save it as UTF-8.') }
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const message = 'The file is not valid UTF-8.'
    return { text: '', problem: problemAt(0, 'encoding', message, 'Save it as UTF-8.') }
  }
  // YAML 1.2 §5.1: C0 controls other than tab and line breaks, DEL, and C1 controls are not printable.
  // eslint-disable-next-line no-control-regex -- control characters are what this looks for
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u0084\u0086-\u009f]/.exec(
    text,
  )
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    const message = `The file contains the control character U+${code}.`
    return { text, problem: problemAt(control.index, 'control-character', message, 'Remove it.') }
  }
  // A lone carriage return is a line break to YAML and to no editor: places would be off.
  const loneReturn = /\r(?!\n)/.exec(text)
  if (loneReturn !== null) {
    const message = 'The file contains a carriage return that ends no line.'
    const hint = 'Use LF or CRLF line ends.'
    return { text, problem: problemAt(loneReturn.index, 'control-character', message, hint) }
  }
  return { text }
}

function looksLikeUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true
  return bytes.length >= 2 && (first === 0) !== (second === 0)
}

function problemAt(at: number, rule: string, message: string, hint: string): Problem {
  return { rule, span: { start: at, end: at }, message, hint }
}
