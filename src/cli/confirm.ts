// The question before something is deleted.
import { McpAuthError } from '../core/errors.ts'
import type { CommandContext } from './context.ts'
import { readLine } from './terminal.ts'

/**
 * Returns when `question` is answered with yes, or was in advance. Throws NOT_CONFIRMED when it is answered otherwise,
 * and USAGE where nobody is there to answer: a script must not hang.
 */
export async function confirm(
  context: CommandContext,
  question: string,
  inAdvance: boolean,
): Promise<void> {
  if (inAdvance) return
  const { stdin, stderr } = context.world
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new McpAuthError('USAGE', `${question} There is no terminal to answer on.`, {
      hint: 'Pass --yes to delete without a question.',
    })
  }
  stderr.write(`${question} [y/N] `)
  const answer = await readLine(stdin)
  if (/^y(?:es)?$/i.test(answer.trim())) return
  throw new McpAuthError('NOT_CONFIRMED', 'Nothing was deleted.')
}
