// Why a walk did not come to a step.
import type { StepName, StepReport } from './finding.ts'

const needsToken: readonly StepName[] = ['token', 'audience', 'mcp', 'tools']
const needsLogin: readonly StepName[] = ['registration', 'pkce']

/** `steps` are those that it came to. */
export function whySkipped(
  step: StepName,
  steps: ReadonlyMap<StepName, StepReport>,
  hasToken: boolean,
): string {
  const passed = (before: StepName): boolean => steps.get(before)?.status === 'passed'
  if (step === 'tools' && passed('mcp')) return 'the server offers no tools'
  if (isOpen(steps) && step !== 'tools') return 'the server asks for no token'
  if (needsLogin.includes(step) && passed('authorization-server')) {
    return 'no user logs in at this authorization server'
  }
  if (needsToken.includes(step) && !hasToken) return 'there is no token'
  if (step === 'audience' && passed('token')) return 'only its issuer can read the token'
  return 'a step before failed'
}

function isOpen(steps: ReadonlyMap<StepName, StepReport>): boolean {
  return steps.get('challenge')?.findings.some(({ id }) => id === 'challenge.open') === true
}
