// What single commands give a sidecar that lives as long as they do.
import type { ControlPlane } from '../control-plane/control-plane.ts'
import type { SidecarWorld } from '../dev/sidecar-access.ts'
import type { CommandContext } from './context.ts'
import { packageVersion } from './version.ts'

/** Lines of the processes of MCP servers go where notices go. */
export function sidecarWorld(context: CommandContext, controlPlane: ControlPlane): SidecarWorld {
  const { clock, env } = context.world
  return {
    controlPlane,
    home: context.home,
    clock,
    version: packageVersion(),
    env,
    serverOutput: (server, line) => context.notice(`== MCP - ${server} == ${line}`),
  }
}
