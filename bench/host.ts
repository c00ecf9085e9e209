// What this machine offers a measurement: programs on it, CPUs to pin to, counters of a process, quiet.
import { execFileSync } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** The path of a program on PATH or among the system's servers; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => isExecutable(path))
}

const taskset = cpus().length > 1 ? findProgram('taskset') : undefined

/** True when processes can be kept on one CPU: without it, the load competes with what it measures. */
export const canPin = taskset !== undefined

/** Keeps a process and all its threads on one CPU; does nothing where that is not possible. */
export function pin(pid: number, cpu: number): void {
  if (taskset === undefined) return
  execFileSync(taskset, ['-acp', String(cpu), String(pid)], { stdio: 'ignore' })
}

/** User and system time that a process has used, in ms, to a tick of 10 ms; NaN where the system does not say. */
export function cpuTime(pid: number): number {
  const fields =
    readCounter(`/proc/${pid}/stat`)
      ?.replace(/^.*\) /s, '')
      .split(' ') ?? []
  // Counted from the state: utime and stime are fields 14 and 15 of proc(5), in ticks of 1/100 s.
  return (Number(fields[11] ?? Number.NaN) + Number(fields[12] ?? Number.NaN)) * 10
}

/** Resident memory of a process in KiB; NaN where the system does not say. */
export function residentMemory(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readCounter(`/proc/${pid}/status`) ?? '')
  return Number(line?.[1] ?? Number.NaN)
}

/** Waits until nine tenths of all CPUs are idle, looking at most `looks` times for 200 ms. Returns whether they were. */
export async function quietMoment(looks = 4): Promise<boolean> {
  for (let tries = 0; tries < looks; tries += 1) {
    const before = cpuTotals()
    await wait(200)
    const after = cpuTotals()
    if ((after.idle - before.idle) / (after.all - before.all) > 0.9) return true
  }
  return false
}

function cpuTotals(): { idle: number; all: number } {
  let idle = 0
  let all = 0
  for (const { times } of cpus()) {
    idle += times.idle
    all += times.idle + times.user + times.nice + times.sys + times.irq
  }
  return { idle, all }
}

function readCounter(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
