// How names of headers are compared where servers may read them in other ways.

/** In the spelling that many servers give to `_` (CGI, RFC 3875 §4.1.18). Takes a lower-case name. */
export function dashed(name: string): string {
  return name.includes('_') ? name.replaceAll('_', '-') : name
}
