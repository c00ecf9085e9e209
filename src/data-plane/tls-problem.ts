// What kept a TLS connection to an upstream from coming about, as a sentence; only some of it is about certificates.
import type { RuleProblem } from '../core/rule-problem.ts'
import type { Upstream } from './upstreams.ts'

/** What OpenSSL makes of bytes that are no TLS records, such as a plain HTTP answer. */
const notTls = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_DATA_LENGTH_TOO_LONG',
  'ERR_SSL_UNKNOWN_PROTOCOL',
  'ERR_SSL_HTTP_REQUEST',
  'EPROTO',
])

/** What is wrong with the certificate of the upstream, by the code of Node or OpenSSL. */
const certificateProblems: Readonly<Record<string, RuleProblem>> = {
  ...same(['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'], {
    problem: 'is for another host name',
    hint: 'Call it by a name that its certificate holds.',
  }),
  CERT_HAS_EXPIRED: { problem: 'has expired', hint: 'Have it renewed there.' },
  CERT_NOT_YET_VALID: {
    problem: 'is not valid yet',
    hint: 'Check the clock of this machine, and the dates of the certificate.',
  },
  CERT_REVOKED: { problem: 'is revoked', hint: 'Have another one issued there.' },
  INVALID_PURPOSE: {
    problem: 'is not for servers',
    hint: 'Have one issued there that is for servers (extended key usage serverAuth).',
  },
}

/** Alerts with which a server refuses the certificate of its client, or that it has none. */
const clientRefused =
  /_ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_\w+|UNSUPPORTED_CERTIFICATE|NO_CERTIFICATE|ACCESS_DENIED)$/

/** Undefined for a code that is none of TLS. */
export function tlsProblem(
  code: string,
  upstream: Upstream,
): { readonly message: string; readonly hint: string } | undefined {
  const { label, isEndpoint, tls } = upstream
  if (notTls.has(code)) {
    return {
      message: `${label} does not speak TLS (${code}).`,
      hint: 'Write http:// in its URL if it serves plain HTTP, or check the port.',
    }
  }
  if (clientRefused.test(code)) {
    return {
      message: `${label} refused the client certificate, or that there is none (${code}).`,
      hint:
        isEndpoint === true
          ? `Give one that it trusts in spec.clientTLS${tls?.identity === undefined ? ', as certificate and privateKey' : ''}.`
          : 'Declare an HTTPEndpoint with clientTLS for it.',
    }
  }
  const certificate = `The certificate of ${inSentence(upstream)}`
  const known = certificateProblems[code]
  if (known !== undefined) {
    return { message: `${certificate} ${known.problem} (${code}).`, hint: known.hint }
  }
  if (/^(?:ERR_TLS_CERT|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|INVALID_CA)/.test(code)) {
    return { message: `${certificate} is not trusted (${code}).`, hint: trustHint(upstream) }
  }
  if (/^ERR_(?:TLS|SSL)/.test(code)) {
    return {
      message: `The TLS handshake with ${inSentence(upstream)} failed (${code}).`,
      hint: 'Check that it offers TLS 1.2 or newer, and whether it wants a client certificate.',
    }
  }
  return undefined
}

function trustHint({ isEndpoint, tls }: Upstream): string {
  if (tls?.rootCA !== undefined) {
    return 'Put the issuing CA into spec.clientTLS.rootCA: nothing else is trusted beside it.'
  }
  const everywhere = 'ive Node the issuing CA through NODE_EXTRA_CA_CERTS.'
  return isEndpoint === true
    ? `Put the issuing CA into spec.clientTLS.rootCA, or g${everywhere}`
    : `G${everywhere}`
}

function same(codes: readonly string[], problem: RuleProblem): Record<string, RuleProblem> {
  return Object.fromEntries(codes.map((code) => [code, problem]))
}

/** Labels begin sentences; here one comes later. */
export function inSentence({ label }: Upstream): string {
  return label.replace(/^The /, 'the ')
}
