// Where mcpauth keeps its data: $MCPAUTH_HOME, else the platform's folder for it.
import { isAbsolute, join, resolve } from 'node:path'

import type { World } from './world.ts'

/** An absolute path; nothing is created. */
export function dataFolder(world: Pick<World, 'env' | 'cwd' | 'platform' | 'userHome'>): string {
  const { env, cwd, platform, userHome } = world
  const chosen = env['MCPAUTH_HOME']
  if (chosen !== undefined && chosen !== '') return resolve(cwd, chosen)
  if (platform === 'darwin') return join(userHome, 'Library', 'Application Support', 'mcpauth')
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] ?? join(userHome, 'AppData', 'Local'), 'mcpauth')
  }
  // The XDG Base Directory specification wants relative paths ignored.
  const xdg = env['XDG_DATA_HOME'] ?? ''
  return join(isAbsolute(xdg) ? xdg : join(userHome, '.local', 'share'), 'mcpauth')
}
