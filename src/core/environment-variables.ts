// Which environment variables a manifest may read a secret from.
import type { RuleProblem } from './rule-problem.ts'

/** They hold the sidecar's own credentials; Dapr refuses the first two as well (secretstores/local/env). */
export const ofSidecar = /^(?:APP_API_TOKEN$|DAPR_|MCPAUTH_)/i

/** What was read as a secret is withheld from the application, which cannot run without these. */
const ofSystem = /^(?:(?:PATH|HOME|USER|SHELL|PWD|LANG|TERM|TMPDIR)$|NODE_|LD_|DYLD_)/i

/** Why a variable must not be read, or undefined; `problem` completes "the environment variable NAME …". */
export function variableProblem(name: string): RuleProblem | undefined {
  if (name === '' || /[\s=\0]/.test(name)) {
    return {
      problem: 'has a name that no variable can have',
      hint: 'Write it without spaces or "=".',
    }
  }
  if (ofSidecar.test(name)) {
    return { problem: 'belongs to the sidecar', hint: 'Use a variable of another name.' }
  }
  if (!ofSystem.test(name)) return undefined
  return {
    problem: 'is no secret, and the application needs it',
    hint: 'Use a variable of another name.',
  }
}
