// Throughput and latency of a tool call: directly, through the sidecar in its three roles, and through nginx and HAProxy.

import { canPin, cpuTime, pin, quietMoment } from './host.ts'
import { audience, startIssuer, type Issuer } from './issuer.ts'
import { findLoadTool, type LoadTool, type Sample } from './load.ts'
import { median, medianRatio, short, times } from './numbers.ts'
import { startHaproxy, startNginx } from './peers.ts'
import { startNode, stopAll } from './processes.ts'
import { notInstalled, type Effort, type Report } from './report.ts'
import { makeScratchFolder, removeScratchFolder } from './scratch.ts'
import type { SidecarProcessOptions, SidecarReady } from './sidecar-process.ts'

interface Variant {
  readonly name: string
  readonly url: string
  /** The process whose work is counted. */
  readonly pid: number
  readonly token?: string
}

interface Setting {
  readonly upstreamPid: number
  readonly variants: readonly Variant[]
  readonly missing: readonly string[]
}

/** What one variant did in every round; `cpu` is the proxy's own, in µs a request. */
type Rounds = (Sample & { readonly cpu: number; readonly quiet: boolean })[]

type Figure = 'rate' | 'p50' | 'p99' | 'cpu'

/** The proxy has CPU 1 for itself at 32 connections; at one connection all share it, or wake-ups across CPUs would hide it. */
const proxyCpu = 1
const otherCpu = 0

export async function benchProxy({ quick }: Effort): Promise<Report> {
  const folder = makeScratchFolder()
  const issuer = await startIssuer()
  const tool = findLoadTool(folder, quick)
  const effort = quick ? { rounds: 1, many: 0.3, single: 0.3 } : { rounds: 3, many: 2, single: 1 }
  const { rounds } = effort
  try {
    const setting = await startAll(folder, issuer)
    pin(setting.upstreamPid, otherCpu)
    for (const { pid } of setting.variants.slice(1)) pin(pid, proxyCpu)
    if (!quick) await measure(setting, tool, { rounds: 1, seconds: 1, connections: 32 })
    const many = await measure(setting, tool, { rounds, seconds: effort.many, connections: 32 })
    pin(setting.upstreamPid, proxyCpu)
    const single = await measure(setting, tool, { rounds, seconds: effort.single, connections: 1 })
    return report(setting, tool, { many, single, rounds })
  } finally {
    await stopAll()
    issuer.close()
    removeScratchFolder(folder)
  }
}

async function startAll(folder: string, { origin: issuer, token }: Issuer): Promise<Setting> {
  const upstream = await startNode<{ port: number }>('upstream-process.ts', {})
  const upstreamPort = upstream.ready.port
  const peers = { folder, upstreamPort, issuer, token }
  const nginx = await startNginx(peers)
  const haproxy = await startHaproxy(peers)
  const options = { upstream: `http://127.0.0.1:${upstreamPort}`, audience }
  const plain = await startSidecar(options)
  const guarded = await startSidecar({ ...options, issuer })
  const variants: (Variant | undefined)[] = [
    { name: 'direct', url: `${options.upstream}/mcp`, pid: upstream.pid },
    nginx && { name: 'nginx', url: nginx.plain, pid: nginx.pid },
    nginx?.withToken === undefined
      ? undefined
      : { name: 'nginx, sets a token', url: nginx.withToken, pid: nginx.pid },
    haproxy && { name: 'HAProxy', url: haproxy.plain, pid: haproxy.pid },
    haproxy?.verified === undefined
      ? undefined
      : { name: 'HAProxy, jwt_verify', url: haproxy.verified, pid: haproxy.pid, token },
    { name: 'mcpauth, no handler', url: invokeUrl(plain.ready.httpPort), pid: plain.pid },
    {
      name: 'mcpauth, oauth2 outbound',
      url: invokeUrl(guarded.ready.httpPort),
      pid: guarded.pid,
    },
    {
      name: 'mcpauth, bearer inbound',
      url: `http://127.0.0.1:${guarded.ready.ingressPort}/mcp`,
      pid: guarded.pid,
      token,
    },
  ]
  const missing = [
    nginx === undefined ? 'nginx' : undefined,
    haproxy === undefined ? 'HAProxy' : undefined,
    haproxy?.verified === undefined ? 'HAProxy, jwt_verify' : undefined,
  ]
  return {
    upstreamPid: upstream.pid,
    variants: variants.filter((variant) => variant !== undefined),
    missing: missing.filter((name) => name !== undefined),
  }
}

function startSidecar(options: SidecarProcessOptions) {
  return startNode<SidecarReady>('sidecar-process.ts', options)
}

function invokeUrl(port: number): string {
  return `http://127.0.0.1:${port}/v1.0/invoke/upstream/method/mcp`
}

/** All variants once a round, so that a slow minute of the machine meets every one of them. */
async function measure(
  { variants }: Setting,
  tool: LoadTool,
  effort: { readonly rounds: number; readonly seconds: number; readonly connections: number },
): Promise<ReadonlyMap<string, Rounds>> {
  const { rounds, seconds, connections } = effort
  const cpu = connections === 1 ? proxyCpu : otherCpu
  const results = new Map<string, Rounds>(variants.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, url, pid, token } of variants) {
      const quiet = await quietMoment(seconds < 1 ? 1 : 4)
      const used = cpuTime(pid)
      const load = { url, connections, seconds, cpu, ...(token === undefined ? {} : { token }) }
      const sample = await tool.run(load)
      const cpuPerRequest = ((cpuTime(pid) - used) * 1000) / sample.requests
      results.get(name)?.push({ ...sample, cpu: cpuPerRequest, quiet })
    }
  }
  return results
}

interface Results {
  readonly many: ReadonlyMap<string, Rounds>
  readonly single: ReadonlyMap<string, Rounds>
  readonly rounds: number
}

function report(setting: Setting, tool: LoadTool, results: Results): Report {
  const samples = [...results.many.values(), ...results.single.values()].flat()
  const busy = samples.filter(({ quiet }) => !quiet).length
  const rows = setting.variants.map(({ name }) => row(name, results))
  return {
    title: 'proxy: one MCP tool call (POST 290 B, answer 320 B, keep-alive)',
    columns: [
      '',
      'rps / direct, 32 conn.',
      'rps / nginx, 32 conn.',
      'CPU / nginx',
      'p50 / nginx, 1 conn.',
      'rps, 32',
      'p50 µs, 32',
      'p99 µs, 32',
      'CPU µs a request',
      'rps, 1',
      'p50 µs, 1',
      'p99 µs, 1',
    ],
    rows: [...rows, ...setting.missing.map((name) => notInstalled(name))],
    notes: [
      `Load: ${tool.name}. Medians of ${results.rounds} interleaved round(s); ratios are medians of the ratios of each round.`,
      canPin
        ? 'With 32 connections the proxy has one CPU, load and upstream the other; with one connection all share one.'
        : 'Processes were not kept on CPUs of their own: there is no taskset here, or only one CPU.',
      `${busy} of ${samples.length} measurements began while something else kept the machine busy.`,
      'CPU is user and system time of the proxy process alone (for "direct": of the upstream).',
    ],
  }
}

function row(name: string, { many, single }: Results): readonly string[] {
  const pick = (from: ReadonlyMap<string, Rounds>, of: string, what: Figure) =>
    (from.get(of) ?? []).map((sample) => sample[what])
  const value = (from: ReadonlyMap<string, Rounds>, what: Figure) =>
    short(median(pick(from, name, what)))
  const ratio = (from: ReadonlyMap<string, Rounds>, base: string, what: Figure) =>
    times(medianRatio(pick(from, name, what), pick(from, base, what)))
  return [
    name,
    ratio(many, 'direct', 'rate'),
    ratio(many, 'nginx', 'rate'),
    name === 'direct' ? '–' : ratio(many, 'nginx', 'cpu'),
    ratio(single, 'nginx', 'p50'),
    ...(['rate', 'p50', 'p99', 'cpu'] as const).map((what) => value(many, what)),
    ...(['rate', 'p50', 'p99'] as const).map((what) => value(single, what)),
  ]
}
