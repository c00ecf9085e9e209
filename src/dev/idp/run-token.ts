// `mcpauth dev token`: an access token for trying a protected server by hand.
import type { Clock } from '../../core/clock.ts'
import { McpAuthError } from '../../core/errors.ts'
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

/** The token. Throws USAGE when no issuer is known. */
export async function devToken(
  options: DevTokenOptions,
  home: string,
  clock: Clock,
): Promise<string> {
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
