// How this program was started, and so how a command that somebody pastes must begin.
import type { World } from './world.ts'

/** `npx mcpauth` under `npx` and `npm exec`, where the name alone is on nobody's PATH; else `mcpauth`. */
export function programName(env: World['env']): string {
  const { npm_command: command, npm_lifecycle_script: script = '' } = env
  // Also set for what other programs start that npx runs; the script is what it was asked for.
  const isNpx = command === 'exec' && /^["']?mcpauth\b/.test(script)
  return isNpx ? 'npx mcpauth' : 'mcpauth'
}
