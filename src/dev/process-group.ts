// The process group of a command: signalled as one, and gone as a whole.
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'

/** How long stragglers of a finished command have before they are killed, in ms. */
const stragglerGrace = 2_000

/** Whether commands get a group of their own here. */
export const hasGroups = process.platform !== 'win32'

/** True when the group still had a process to signal. */
export function killGroup(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(hasGroups ? -pid : pid, name)
    return true
  } catch {
    return false
  }
}

/** Ends what the command left running in its group. */
export async function endStragglers(pid: number): Promise<void> {
  const deadline = performance.now() + stragglerGrace
  let name: NodeJS.Signals = 'SIGTERM'
  while (killGroup(pid, name)) {
    if (performance.now() > deadline) name = 'SIGKILL'
    await delay(20)
  }
}

/** As shells have it: 128 + the number of the signal that ended it. */
export function exitCodeOf(code: number | null, name: NodeJS.Signals | null): number {
  return name === null ? (code ?? 1) : 128 + (constants.signals[name] ?? 0)
}

/** `128 + n` is the end by signal n. */
export function endOf(code: number): string {
  const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0]
  return name === undefined ? `ended with exit code ${code}` : `was ended by ${name}`
}
