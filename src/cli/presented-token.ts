// A token that a command is given for the server that it examines.
import { McpAuthError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import type { CommandContext } from './context.ts'
import { readSecret } from './secret-input.ts'

export const tokenOptions = {
  'token-env': {
    type: 'string',
    value: 'NAME',
    description: 'Environment variable that holds an access token for the server',
  },
  'token-file': {
    type: 'string',
    value: 'PATH',
    completes: 'files',
    description: 'File that holds one; - for standard input',
  },
} as const

interface Given {
  readonly 'token-env': string | undefined
  readonly 'token-file': string | undefined
}

/** Undefined when none was given. Throws USAGE, quoting nothing of it, when it cannot be read or is no token. */
export async function presentedToken(
  context: CommandContext,
  { 'token-env': variable, 'token-file': file }: Given,
): Promise<Secret | undefined> {
  if (variable !== undefined && file !== undefined) {
    throw new McpAuthError('USAGE', 'There are two tokens: --token-env and --token-file.', {
      hint: 'Give one of them.',
    })
  }
  if (variable === undefined && file === undefined) return undefined
  const source = file === undefined ? { variable: variable ?? '' } : { file }
  const read = await readSecret(context, file === '-' ? { prompt: 'Access token' } : source)
  const token = read.reveal().trim()
  // RFC 6750 §2.1; anything else would break the header.
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(token)) return new Secret(token)
  throw new McpAuthError('USAGE', 'What was given as a token is none.', {
    hint: 'Give the access token alone, without "Bearer".',
  })
}
