// Keeps a running sidecar in step: with edits of the manifests it was started with, and with commits of other processes.
import { setTimeout as delay } from 'node:timers/promises'

import { McpAuthError } from '../core/errors.ts'
import type { Checklist } from './checklist.ts'
import { watchPaths, type Watched } from './watch.ts'

/** How often other processes' commits are looked for, in ms. */
const pollInterval = 200

export interface Followed {
  /** Files and folders whose edits are applied. */
  readonly manifests: Watched
  /** What changed, each as `kind/name created|configured`. */
  apply(): Promise<readonly string[]>
  /** Takes over what the control plane holds now, if it changed. */
  reload(): Promise<void>
  readonly checklist: Checklist
}

/**
 * Follows until `signal` aborts. An invalid change is reported, and what ran before goes on; only a defect rejects.
 */
export async function follow(followed: Followed, signal: AbortSignal): Promise<void> {
  await Promise.all([followEdits(followed, signal), followCommits(followed, signal)])
}

async function followEdits(followed: Followed, signal: AbortSignal): Promise<void> {
  const { manifests, checklist } = followed
  if (manifests.paths.length === 0) return
  let isInvalid = false
  const changed = async (): Promise<boolean> => {
    const outcome = await attempt(checklist, async () => {
      const changes = await followed.apply()
      if (changes.length > 0) checklist.done('reloaded', changes.join(', '))
      else if (isInvalid)
        checklist.done('reloaded', 'the manifests are valid again, nothing changed')
      await followed.reload()
    })
    if (outcome === 'busy') return false
    isInvalid = outcome === 'refused'
    return true
  }
  await watchPaths(manifests, changed, signal)
}

async function followCommits(followed: Followed, signal: AbortSignal): Promise<void> {
  while (await slept(signal)) await attempt(followed.checklist, () => followed.reload())
}

async function slept(signal: AbortSignal): Promise<boolean> {
  try {
    await delay(pollInterval, undefined, { signal })
    return true
  } catch {
    return false
  }
}

/** `busy`: another process held the control plane for long; to be tried again, without a word. */
async function attempt(
  checklist: Checklist,
  change: () => Promise<void>,
): Promise<'done' | 'refused' | 'busy'> {
  try {
    await change()
    return 'done'
  } catch (error) {
    if (!(error instanceof McpAuthError)) throw error
    if (error.code === 'STORE_BUSY') return 'busy'
    const more = error.hint === undefined ? {} : { hint: error.hint }
    checklist.failed('reload', `${error.message} What ran before goes on.`, more)
    return 'refused'
  }
}
