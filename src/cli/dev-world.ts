// The process around a run, as `dev run` and `listen` hand it on.
import type { DevRunWorld } from '../dev/run-options.ts'
import type { CommandContext } from './context.ts'
import { packageVersion } from './version.ts'

export async function devWorld(context: CommandContext): Promise<DevRunWorld> {
  const { world, home, style } = context
  const { clock, env, pid, stdin, stdout, stderr } = world
  return {
    controlPlane: await context.controlPlane(),
    home,
    version: packageVersion(),
    clock,
    env,
    pid,
    stdin,
    stdout,
    stderr,
    style,
    onSignal: (listener) => world.onSignal(listener),
  }
}
