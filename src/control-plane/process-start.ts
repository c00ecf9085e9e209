// Which process a pid means: pids are reused, so a start time goes with them where the system tells it.
import { readFileSync } from 'node:fs'
import { codeOf } from '../core/error-code.ts'

/**
 * A text that stays the same for the life of process `pid` and differs for a later process of the same number
 * (on Linux; elsewhere only liveness is known). Undefined when there is no such process.
 */
export function processStart(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxStart(pid) : aliveMark(pid)
}

function linuxStart(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // proc_pid_stat(5): the command in parentheses may hold anything, so fields are counted from the last ')'.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  const startTicks = fields[19]
  if (startTicks === undefined || state === 'Z' || state === 'X') return undefined
  return `${readText('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}:${startTicks}`
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function aliveMark(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch (error) {
    return codeOf(error) === 'EPERM' ? 'alive' : undefined
  }
}
