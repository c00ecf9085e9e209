// `mcpauth dev stop` and `dev cleanup`: ends running sidecars with their commands, and removes what dead ones left.
import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

import type { ControlPlane } from '../control-plane/control-plane.ts'
import type { Session, SessionRecord } from '../control-plane/sessions.ts'
import { codeOf } from '../core/error-code.ts'
import { McpAuthError } from '../core/errors.ts'
import { hintWith, suggest } from '../core/suggest.ts'
import { sweepSockets } from './private-sockets.ts'

/** How long a process may take to end, in ms: the grace of its command, and some more. */
const stopLimit = 20_000
const pollInterval = 50

/** Undefined: all of the project. */
type Wanted = readonly string[] | undefined

/**
 * Ends the processes of the App IDs, and returns every session that ended with them: one process may serve several.
 * Throws SESSION_NOT_FOUND before anything is ended, and SESSION_NOT_STOPPED.
 */
export async function stopSessions(
  { sessions }: Pick<ControlPlane, 'sessions'>,
  project: string,
  wanted: Wanted,
  limitMs = stopLimit,
): Promise<readonly Session[]> {
  const running = sessions.records(project).filter(({ isLive }) => isLive)
  const chosen = choose(running, wanted, project)
  const pids = new Set(chosen.map(({ pid }) => pid))
  // Asked again for each: what is recorded of a process that is gone may by now be the number of another one.
  for (const pid of pids) {
    if (livePids(sessions.records(project)).has(pid)) terminate(pid)
  }
  const deadline = performance.now() + limitMs
  let left = pids
  while (left.size > 0) {
    if (performance.now() > deadline) throw notStopped([...left].join(', '), 'did not end')
    await delay(pollInterval)
    const live = livePids(sessions.records(project))
    left = new Set([...pids].filter((pid) => live.has(pid)))
  }
  return running.filter(({ pid }) => pids.has(pid))
}

function choose(live: readonly SessionRecord[], wanted: Wanted, project: string): SessionRecord[] {
  if (wanted === undefined) return [...live]
  return wanted.map((name) => {
    const found = live.find(({ appId }) => appId === name.toLowerCase())
    if (found !== undefined) return found
    const near = suggest(
      name,
      live.map(({ appId }) => appId),
    )
    throw new McpAuthError(
      'SESSION_NOT_FOUND',
      `No sidecar of App ID "${name}" runs in project "${project}".`,
      { hint: hintWith(near, 'See what runs with: mcpauth dev status') },
    )
  })
}

function livePids(records: readonly SessionRecord[]): Set<number> {
  return new Set(records.filter(({ isLive }) => isLive).map(({ pid }) => pid))
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    // It has just ended by itself.
    if (codeOf(error) !== 'ESRCH') throw notStopped(String(pid), 'may not be ended by this user')
  }
}

function notStopped(pids: string, why: string): McpAuthError {
  return new McpAuthError('SESSION_NOT_STOPPED', `Process ${pids} ${why}.`, {
    hint: 'Look at it, and end it yourself.',
  })
}

export interface Cleaned {
  readonly sessions: readonly Session[]
  /** Beside those of the sessions. */
  readonly sockets: number
}

/** Removes the records and sockets of sidecars whose processes are gone, in all projects. */
export async function cleanUp(
  { sessions }: Pick<ControlPlane, 'sessions'>,
  home: string,
  now: number,
): Promise<Cleaned> {
  const dead = sessions.sweep()
  if (process.platform !== 'win32') {
    for (const { socketPath } of dead) rmSync(socketPath, { force: true })
  }
  return { sessions: dead, sockets: await sweepSockets(home, now) }
}
