// The URL of a server that a command examines.
import { McpAuthError } from '../core/errors.ts'
import { judgeUrl } from '../core/trusted-url.ts'

/** Plain http to another machine is let through: it is told of, and no token goes there. Throws USAGE. */
export function readServerUrl(text: string): URL {
  const judged = judgeUrl(text)
  if (judged.ok) return judged.url
  if (judged.reason === 'insecure') return new URL(text)
  throw new McpAuthError('USAGE', `The URL of the server ${judged.problem}.`, {
    hint: judged.hint,
  })
}
