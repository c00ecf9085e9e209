// Is the token one that the server can take: a JWT of its issuer, signed by it, good now; or one that only its issuer can read?
import { quote } from '../../core/quote.ts'
import { isAlgorithm, isSignedBy } from '../../oauth/algorithms.ts'
import { parseJws, type CompactJws } from '../../oauth/jws.ts'
import type { LoadResult } from '../../oauth/load-keys.ts'
import { error, type Finding, type Judged } from '../finding.ts'
import type { Fetched } from '../send.ts'
import { fitsAudience } from './audience.ts'

export interface TokenFacts {
  readonly token: string
  /** Of the metadata of the resource; empty when there are none. */
  readonly issuers: readonly string[]
  readonly resource: string
  /** Undefined when the authorization server names none. */
  readonly keys: LoadResult | undefined
  /** Seconds since the epoch. */
  readonly now: number
  /** What the server said to a call with the token. */
  readonly answered: Fetched
}

const everybody = 'Every client with this token.'

/** `value` is there when the token is a JWT. */
export function judgeToken(facts: TokenFacts): Judged<CompactJws> {
  const jws = parseJws(facts.token)
  if (jws === undefined) {
    const findings = isRefused(facts.answered) ? [refused('The server refuses the token.')] : []
    return { findings, seen: 'the token is no JWT, so only its issuer can read it' }
  }
  const findings = [
    ...timeFaults(jws, facts.now),
    ...issuerFaults(jws, facts.issuers),
    ...kindFaults(jws),
    ...signatureFaults(jws, facts.keys),
  ]
  const isUnexplained = findings.length === 0 && fitsAudience(jws.payload['aud'], facts.resource)
  if (isUnexplained && isRefused(facts.answered)) {
    findings.push(
      refused('The server refuses the token, although issuer, signature, time and audience fit.'),
    )
  }
  return { findings, seen: 'the token is a JWT', value: jws }
}

/** There should be a token, and `problem`, a sentence, says why there is none. */
export function notObtained(problem: string): Judged {
  const finding = error('token.not-obtained', {
    message: problem,
    breaks: 'The client of this Component.',
    fix: 'Correct the Component, or log in with mcpauth login.',
  })
  return { findings: [finding], seen: 'no token could be had' }
}

export function isRefused(answered: Fetched): boolean {
  return answered.ok && answered.status === 401
}

function refused(message: string): Finding {
  return error('token.refused', {
    message,
    breaks: everybody,
    fix: 'Look into the access log of the server for the reason: which issuer, audience and type it wants.',
  })
}

function timeFaults({ payload }: CompactJws, now: number): Finding[] {
  const { exp, nbf } = payload
  if (typeof exp === 'number' && exp <= now) {
    return [
      error('token.expired', {
        message: `The token expired ${Math.ceil(now - exp)} s ago.`,
        breaks: everybody,
        fix: 'Get a new one. If it is new, compare the clocks of this machine and of the authorization server.',
      }),
    ]
  }
  if (typeof nbf === 'number' && nbf > now) {
    return [
      error('token.not-yet-valid', {
        message: `The token is good only in ${Math.ceil(nbf - now)} s.`,
        breaks: everybody,
        fix: 'Compare the clocks of this machine and of the authorization server.',
      }),
    ]
  }
  return []
}

function issuerFaults({ payload }: CompactJws, issuers: readonly string[]): Finding[] {
  const { iss } = payload
  if (issuers.length === 0 || (typeof iss === 'string' && issuers.includes(iss))) return []
  const named = typeof iss === 'string' ? quote(iss) : 'nobody'
  return [
    error('token.issuer', {
      message: `The token is of ${named}, the server takes tokens of ${issuers.map(quote).join(', ')}.`,
      breaks: everybody,
      fix: 'Get a token of that issuer. Issuers are compared letter by letter; Entra ID has one for v1 and one for v2 tokens.',
    }),
  ]
}

function kindFaults({ header, payload }: CompactJws): Finding[] {
  if (header['alg'] === 'none') {
    return [
      error('token.unsigned', {
        message: 'The token has no signature (alg none).',
        breaks: 'No server takes it that checks tokens.',
        fix: 'Configure an asymmetric algorithm at the authorization server.',
      }),
    ]
  }
  if (Object.hasOwn(payload, 'nonce') || Object.hasOwn(payload, 'at_hash')) {
    return [
      error('token.id-token', {
        message: 'The token is an ID token, which is for the client and not for a server.',
        breaks: everybody,
        fix: 'Send the access token of the same answer.',
      }),
    ]
  }
  return []
}

function signatureFaults(
  { header, signed, signature }: CompactJws,
  keys: LoadResult | undefined,
): Finding[] {
  const { alg, kid } = header
  if (alg === 'none' || keys === undefined) return []
  if (!keys.ok) {
    return [
      error('token.keys', {
        message: `The signing keys cannot be had: ${keys.problem}.`,
        breaks: 'Every server that checks signatures; it refuses all tokens.',
        fix: 'Serve a JWK Set with public keys at the jwks_uri of the metadata.',
      }),
    ]
  }
  if (typeof alg !== 'string' || !isAlgorithm(alg)) {
    return [
      error('token.algorithm', {
        message:
          'The token is signed with an algorithm that only who could forge it can check, or that is unknown.',
        breaks: 'Servers that take asymmetric signatures alone, as they should.',
        fix: 'Configure RS256 or ES256 at the authorization server.',
      }),
    ]
  }
  const fitting = keys.loaded.keys.filter((key) => key.algorithms.includes(alg))
  const named = fitting.filter((key) => kid === undefined || key.kid === kid)
  if (named.some(({ key }) => isSignedBy(alg, key, signed, signature))) return []
  return [
    error(named.length === 0 ? 'token.unknown-key' : 'token.signature', {
      message:
        named.length === 0
          ? 'The key that signed the token is not in the JWK Set of its issuer.'
          : 'The signature of the token is wrong.',
      breaks: everybody,
      fix: 'Get a new token; after a rotation, publish old and new keys until the last token of the old one ends.',
    }),
  ]
}
