// Ends logins for a command, and says what could not be done at the authorization server.
import type { ControlPlane } from '../control-plane/control-plane.ts'
import type { GrantView } from '../control-plane/grants.ts'
import type { CommandContext } from './context.ts'

interface Logins {
  readonly project: string
  readonly grants: readonly GrantView[]
}

export async function endLogins(
  context: CommandContext,
  plane: ControlPlane,
  { project, grants }: Logins,
): Promise<void> {
  const { endLogin } = await import('../dev/end-login.ts')
  for (const grant of grants) {
    const problem = await endLogin(plane, project, grant)
    if (problem === undefined) continue
    context.notice(
      `The tokens of ${grant.component} are forgotten here, and were not revoked at ${grant.issuer}: ${problem}.`,
    )
  }
}
