// How a JWT-SVID stands in its header.

/**
 * The text before the token. Where none is written it is `Bearer ` for Authorization, whose value has to begin with a
 * scheme (RFC 9110 §11.4), and nothing elsewhere.
 */
export function svidPrefix(header: string, written: string | undefined): string {
  return written ?? (header.toLowerCase() === 'authorization' ? 'Bearer ' : '')
}
