// Does a caller without a token learn how to get one?
import { readChallenges, type ChallengeParts } from '../challenge-parts.ts'
import { error, warning, type Finding, type Judged } from '../finding.ts'
import type { Answer } from '../send.ts'

/** What the rest of the walk needs of the challenge. */
export interface Challenged {
  /** False when the server lets callers in without a token. */
  readonly isProtected: boolean
  readonly metadataUrl: string | undefined
  readonly scopes: readonly string[]
}

const sdk = 'Clients on the official TypeScript SDK, such as MCP Inspector and mcp-remote'

export function judgeChallenge(answer: Answer): Judged<Challenged> {
  const { status } = answer
  if (status < 300) {
    const value = { isProtected: false, metadataUrl: undefined, scopes: [] }
    return { findings: [open], seen: `answered ${status} to a caller without a token`, value }
  }
  const headers = answer.values('www-authenticate')
  const challenges = readChallenges(headers)
  const bearer = challenges.find(({ scheme }) => scheme.toLowerCase() === 'bearer')
  const metadataUrl = bearer?.params.get('resource_metadata')
  const scopes = (bearer?.params.get('scope') ?? '').split(' ').filter((scope) => scope !== '')
  const findings = [
    ...(status === 401 ? [] : [wrongStatus(status)]),
    ...(status === 401 && headers.length === 0 ? [missing] : formFaults(headers, challenges)),
    ...(bearer === undefined ? [] : contentFaults(bearer, scopes)),
  ]
  const seen = `answered ${status} with ${headers.length === 0 ? 'no challenge' : 'a challenge'}`
  return { findings, seen, value: { isProtected: true, metadataUrl, scopes } }
}

const open = warning('challenge.open', {
  message: 'The server lets callers in without a token.',
  breaks: 'Nobody; but nobody is kept out either.',
  fix: 'If it should be protected, put middleware.http.bearer before it.',
})

const missing = error('challenge.missing', {
  message: 'The 401 has no WWW-Authenticate header.',
  breaks: 'Clients of MCP 2025-06-18, which begin a login with that header; many others too.',
  fix: 'Answer with WWW-Authenticate: Bearer resource_metadata="…". Look whether a proxy removes it.',
})

function wrongStatus(status: number): Finding {
  return error('challenge.status', {
    message: `A caller without a token gets ${status} in place of 401.`,
    breaks: 'Every client: only a 401 begins a login.',
    fix: 'Answer 401 to every request without a valid token, whatever its method and body are.',
  })
}

function formFaults(headers: readonly string[], challenges: readonly ChallengeParts[]): Finding[] {
  if (headers.length === 0) return []
  const [first] = challenges
  const index = challenges.findIndex(({ scheme }) => scheme.toLowerCase() === 'bearer')
  if (first === undefined || index === -1) {
    return [
      error('challenge.no-bearer', {
        message: 'No challenge is for Bearer.',
        breaks: 'Every client: MCP knows no other way to a token.',
        fix: 'Answer with WWW-Authenticate: Bearer resource_metadata="…".',
      }),
    ]
  }
  const findings: Finding[] = []
  if (index > 0) {
    findings.push(
      error('challenge.not-first', {
        message: 'The challenge for Bearer stands behind another one.',
        breaks: `${sdk}, which look at the first alone.`,
        fix: 'Put Bearer first, in one header.',
      }),
    )
  }
  if (challenges[index]?.params.size === 0) {
    findings.push(
      error('challenge.bare', {
        message: 'The challenge is "Bearer" alone, or its parameters cannot be read.',
        breaks: `${sdk}, for which it is no challenge.`,
        fix: 'Write Bearer resource_metadata="…", each value in double quotes.',
      }),
    )
  }
  return findings
}

function contentFaults({ params, unquoted }: ChallengeParts, scopes: readonly string[]): Finding[] {
  const findings: Finding[] = []
  if (params.size > 0 && !params.has('resource_metadata')) {
    findings.push(
      warning('challenge.no-metadata', {
        message: 'The challenge does not say where the metadata of the resource is.',
        breaks: 'Clients of MCP 2025-06-18, which look nowhere else.',
        fix: 'Add resource_metadata="https://HOST/.well-known/oauth-protected-resource/PATH".',
      }),
    )
  }
  if (unquoted.includes('resource_metadata') || unquoted.includes('scope')) {
    findings.push(
      error('challenge.unquoted', {
        message: 'A value of the challenge stands without quotes.',
        breaks: `${sdk}, which do not see it.`,
        fix: 'Put each value in double quotes.',
      }),
    )
  }
  if (params.has('error')) {
    findings.push(
      warning('challenge.error-without-token', {
        message: 'The challenge names an error although no token was sent (RFC 6750 §3).',
        breaks: 'Clients that take it for a refused token, and throw theirs away.',
        fix: 'Leave error out where there is no token.',
      }),
    )
  }
  if (scopes.includes('offline_access')) {
    findings.push(
      warning('challenge.offline-access', {
        message: 'The challenge asks for offline_access, which is no scope of a resource.',
        breaks: 'Authorization servers that do not know it answer invalid_scope.',
        fix: 'Leave it out: clients that want a refresh token ask for it themselves.',
      }),
    )
  }
  return findings
}
