// The question before something is deleted.
import { McpAuthError } from '../core/errors.ts'
import { ask } from './ask.ts'
import type { CommandContext } from './context.ts'

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
  const answer = await ask(context, `${question} [y/N]`, 'Pass --yes to delete without a question.')
  if (/^y(?:es)?$/i.test(answer.trim())) return
  throw new McpAuthError('NOT_CONFIRMED', 'Nothing was deleted.')
}
