// Is a refusal one that a client can go on from (RFC 6750 §3, RFC 9728 §5.1)?
import { readChallenges } from '../challenge-parts.ts'
import type { Fetched } from '../send.ts'
import { judgeChallenge } from '../steps/challenge.ts'

/** `error` says whether the challenge must name one: only where a token came with the request. */
export function refusalProblem(
  answer: Fetched,
  error: 'absent' | 'present' | 'any',
): string | undefined {
  if (!answer.ok) return `the server ${answer.detail}`
  if (answer.status !== 401) return `it answered ${answer.status} in place of 401`
  const [fault] = judgeChallenge(answer).findings.filter(
    ({ id }) => error === 'absent' || id !== 'challenge.error-without-token',
  )
  if (fault !== undefined) return `${fault.id}: ${fault.message.replace(/\.$/, '')}`
  if (error !== 'present' || errorOf(answer.values('www-authenticate')) === 'invalid_token') {
    return undefined
  }
  return 'the challenge lacks error="invalid_token"'
}

export function errorOf(headers: readonly string[]): string | undefined {
  return paramOf(headers, 'error')
}

export function paramOf(headers: readonly string[], name: string): string | undefined {
  const bearer = readChallenges(headers).find(({ scheme }) => scheme.toLowerCase() === 'bearer')
  return bearer?.params.get(name)
}

/** For requests that are malformed, which may be called that (400), or be taken for ones without a good token. */
export function turnedAwayProblem(answer: Fetched): string | undefined {
  if (!answer.ok) return `the server ${answer.detail}`
  if (answer.status === 400 || answer.status === 401) return undefined
  return `it answered ${answer.status} in place of 401 or 400`
}
