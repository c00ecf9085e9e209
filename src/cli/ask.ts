// A question to whoever sits at the terminal.
import { McpAuthError } from '../core/errors.ts'
import type { CommandContext } from './context.ts'
import { readLine } from './terminal.ts'

/** The answer, one line. Throws USAGE with `hint` where nobody is there to answer: a script must not hang. */
export async function ask(
  context: CommandContext,
  question: string,
  hint: string,
): Promise<string> {
  const { stdin, stderr } = context.world
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new McpAuthError('USAGE', `${question} There is no terminal to answer on.`, { hint })
  }
  stderr.write(`${question} `)
  return readLine(stdin)
}
