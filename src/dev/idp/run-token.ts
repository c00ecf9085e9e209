// `mcpauth dev token`: an access token for trying a protected server by hand.
import type { Clock } from '../../core/clock.ts'
import { McpAuthError } from '../../core/errors.ts'
import { judgeUrl } from '../../core/trusted-url.ts'
import { isScope } from './scopes.ts'
import type { SigningAlgorithm } from './keys.ts'
import { readLastRun } from './last-run.ts'
import { mintToken } from './mint.ts'

export interface DevTokenOptions {
  readonly audiences: readonly string[]
  readonly scope: string | undefined
  /** Seconds from now; zero or less gives a token that has expired. */
  readonly expiresIn: number
  readonly subject: string | undefined
  readonly clientId: string
  /** Undefined: the issuer of the last `dev idp`. */
  readonly issuer: string | undefined
  readonly algorithm: SigningAlgorithm
}

/** The token. Throws USAGE when no issuer is known, or for values with which no server would ever accept it. */
export async function devToken(
  options: DevTokenOptions,
  home: string,
  clock: Clock,
): Promise<string> {
  checkClaims(options)
  const issuer = options.issuer ?? (await readLastRun(home))?.issuer
  if (issuer === undefined) {
    throw new McpAuthError('USAGE', 'No development authorization server has run here yet.', {
      hint: 'Start one with mcpauth dev idp, or name the issuer with --issuer.',
    })
  }
  const [first, ...others] = options.audiences
  return mintToken({
    home,
    issuer,
    audience: first !== undefined && others.length === 0 ? first : options.audiences,
    ...(options.scope === undefined ? {} : { scope: options.scope }),
    expiresInSeconds: options.expiresIn,
    ...(options.subject === undefined ? {} : { subject: options.subject }),
    clientId: options.clientId,
    algorithm: options.algorithm,
    clock,
  })
}

function checkClaims({ audiences, issuer, scope }: DevTokenOptions): void {
  if (audiences.some((audience) => audience.trim() === '')) {
    throw new McpAuthError('USAGE', 'The audience is empty.', {
      hint: 'Name whom the token is for: the audience of its bearer Component, such as --aud mcp-server.',
    })
  }
  const verdict = issuer === undefined ? undefined : judgeUrl(issuer)
  if (verdict?.ok === false && verdict.reason === 'invalid') {
    throw new McpAuthError('USAGE', `The issuer ${verdict.problem}.`, { hint: verdict.hint })
  }
  if (scope !== undefined && !scope.split(' ').every((name) => isScope(name))) {
    throw new McpAuthError('USAGE', 'The scope is not a list of scopes (RFC 6749 §3.3).', {
      hint: String.raw`Separate scopes by one space; they hold visible ASCII except " and \.`,
    })
  }
}
