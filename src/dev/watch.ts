// Notices edits below the paths that `dev run` was given, by comparing what stat says a few times a second.
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Milliseconds between two looks; large folders are looked at less often, up to `maxInterval`. */
const interval = 250
const maxInterval = 750
/** A look should take no more than this share of the time. */
const share = 0.05

export interface Watched {
  readonly paths: readonly string[]
  /** The fingerprint of `paths` from before they were read, so that an edit during the reading is noticed too. */
  readonly seen: string
}

/**
 * Calls `changed` after an edit, one call at a time, until `signal` aborts; again soon when it resolves to false. Polling
 * sees every way an editor saves a file, on every file system, and needs no watch handles.
 */
export async function watchPaths(
  { paths, seen: before }: Watched,
  changed: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  let seen = before
  let pause = interval
  while (await paused(pause, signal)) {
    const started = performance.now()
    const now = await fingerprint(paths)
    const fair = (performance.now() - started) / share
    pause = Math.min(Math.max(interval, fair), maxInterval)
    if (now === seen) continue
    if (await changed()) seen = now
  }
}

async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal })
    return true
  } catch {
    return false
  }
}

/** Changes with every edit of a file, or of a file below a folder, of `paths`. */
export async function fingerprint(paths: readonly string[]): Promise<string> {
  const parts = await Promise.all(paths.map(async (path) => describe(path)))
  return parts.join('\n')
}

async function describe(path: string): Promise<string> {
  try {
    const status = await lstat(path, { bigint: true })
    if (!status.isDirectory()) return `${path} ${status.ino} ${status.size} ${status.mtimeNs}`
    const names = await readdir(path)
    return await fingerprint(names.toSorted().map((name) => join(path, name)))
  } catch {
    return `${path} gone`
  }
}
