// What a command works with: the world, its data folder, its input and output, and the control plane when it asks for it.
import type { ControlPlane } from '../control-plane/control-plane.ts'
import { dataFolder } from './home.ts'
import type { Style } from './output/style.ts'
import { readAll } from './terminal.ts'
import type { World } from './world.ts'

export interface CommandContext {
  readonly world: World
  /** Absolute; may not exist yet. */
  readonly home: string
  /** For text on standard error. */
  readonly style: Style
  /** For text on standard output. */
  outputStyle(): Promise<Style>
  /** Tells the things of a list apart in text on standard output. */
  palette(): Promise<(index: number, text: string) => string>
  /** Opened at the first call, closed when the command has ended. Throws STORE_UNUSABLE and its kin. */
  controlPlane(): Promise<ControlPlane>
  /** Standard input to its end. */
  stdin(): Promise<Uint8Array>
  /** One line for people, on standard error. */
  notice(line: string): void
}

export interface OpenContext extends CommandContext {
  close(): void
}

export function openContext(
  world: World,
  { style, outputStyle, palette }: Pick<CommandContext, 'style' | 'outputStyle' | 'palette'>,
): OpenContext {
  const home = dataFolder(world)
  let plane: ControlPlane | undefined
  return {
    world,
    home,
    style,
    outputStyle,
    palette,
    async controlPlane() {
      const { openControlPlane } = await import('../control-plane/control-plane.ts')
      const { clock, env, cwd } = world
      plane ??= openControlPlane({ home, clock, env, cwd })
      return plane
    },
    stdin: async () => readAll(world.stdin),
    notice(line) {
      world.stderr.write(`${line}\n`)
    },
    close() {
      plane?.close()
    },
  }
}
