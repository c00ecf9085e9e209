// Load on one URL: wrk where it is installed, autocannon otherwise. Both keep as many requests open as they have connections.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { canPin, findProgram, pin } from './host.ts'
import type { LoadProcessOptions, LoadResult } from './load-process.ts'
import { requestBody, requestHeaders } from './messages.ts'
import { runProgram, startNode } from './processes.ts'

export interface Load {
  readonly url: string
  /** A bearer token to send, if any. */
  readonly token?: string
  readonly connections: number
  readonly seconds: number
  /** The CPU that the load may use. */
  readonly cpu: number
}

/** Requests a second, and how long they took in µs. */
export interface Sample {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly requests: number
}

export interface LoadTool {
  readonly name: string
  /** Throws when a single request failed or was refused: a fast 503 is no throughput. */
  run(load: Load): Promise<Sample>
}

/** `quick` takes autocannon always, because wrk measures whole seconds only. Scripts go to `folder`. */
export function findLoadTool(folder: string, quick: boolean): LoadTool {
  const wrk = quick ? undefined : findProgram('wrk')
  return wrk === undefined ? autocannonTool : wrkTool(wrk, folder)
}

const autocannonTool: LoadTool = {
  name: 'autocannon',
  async run({ url, token, connections, seconds, cpu }) {
    const options: LoadProcessOptions = { url, headers: headersWith(token), connections, seconds }
    const load = await startNode<object>('load-process.ts', options)
    pin(load.pid, cpu)
    const result = (await load.ask({ start: true })) as LoadResult
    if (result.failures > 0) throw new Error(`${url}: ${result.failures} requests failed`)
    return result
  },
}

function wrkTool(program: string, folder: string): LoadTool {
  return {
    name: 'wrk',
    async run({ url, token, connections, seconds, cpu }) {
      const script = join(folder, 'request.lua')
      writeFileSync(script, wrkScript(token), { mode: 0o600 })
      const limits = ['-t1', `-c${connections}`, `-d${Math.ceil(seconds)}s`, '--latency']
      const args = [...limits, '-s', script, url]
      const printed = canPin
        ? await runProgram('taskset', ['-c', String(cpu), program, ...args])
        : await runProgram(program, args)
      return readWrk(printed, url)
    },
  }
}

function headersWith(token: string | undefined): Record<string, string> {
  return {
    ...requestHeaders,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
}

function wrkScript(token: string | undefined): string {
  const headers = Object.entries(headersWith(token)).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  )
  return ['wrk.method = "POST"', `wrk.body = [[${requestBody}]]`, ...headers].join('\n')
}

function readWrk(output: string, url: string): Sample {
  const failure = /^\s*(Non-2xx.*|Socket errors.*)$/m.exec(output)?.[1]
  if (failure !== undefined) throw new Error(`${url}: ${failure}`)
  return {
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1] ?? Number.NaN),
    p50: readDuration(/ 50%\s+([\d.]+)(us|ms|s)/.exec(output)),
    p99: readDuration(/ 99%\s+([\d.]+)(us|ms|s)/.exec(output)),
    requests: Number(/(\d+) requests in/.exec(output)?.[1] ?? Number.NaN),
  }
}

const microseconds: ReadonlyMap<string | undefined, number> = new Map([
  ['us', 1],
  ['ms', 1000],
  ['s', 1_000_000],
])

function readDuration(match: RegExpExecArray | null): number {
  return Number(match?.[1] ?? Number.NaN) * (microseconds.get(match?.[2]) ?? Number.NaN)
}
