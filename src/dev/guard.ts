// Ends the user's command when mcpauth itself is killed and can end nothing any more.
import { spawn } from 'node:child_process'

export interface Guard {
  /** Stands down, without harm to the group. */
  release(): void
}

// Blocks on a pipe that only mcpauth holds open; its end means that mcpauth is gone.
const script = 'read -r _; kill -TERM "-$1" 2>/dev/null; sleep 2; kill -KILL "-$1" 2>/dev/null'

/** Watches over process group `pid`. On Windows there are no process groups, and nothing is done. */
export function guardGroup(pid: number): Guard {
  if (process.platform === 'win32') return { release: () => {} }
  const guard = spawn('/bin/sh', ['-c', script, 'mcpauth-guard', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
  })
  guard.on('error', () => {})
  guard.stdin.on('error', () => {})
  guard.unref()
  return { release: () => void guard.kill('SIGKILL') }
}
