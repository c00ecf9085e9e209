// What is said of arguments that a rule does not grant: where they break which keyword, never what they are.
import type { ArgumentProblem } from './mcp-access.ts'
import { quote } from './quote.ts'

/** Completes a sentence after a colon. */
export function brokenText({ path, keyword }: ArgumentProblem): string {
  const where = path === '' ? 'they break' : `at ${quote(path)} they break`
  return `${where} the keyword ${quote(keyword)}`
}
