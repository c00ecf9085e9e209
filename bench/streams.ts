// Event streams: how soon the first event comes, how late later ones are, and what an open stream costs in memory.
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

import { quietMoment, residentMemory } from './host.ts'
import { audience } from './issuer.ts'
import { eventPattern } from './messages.ts'
import { median, percentile, short, times } from './numbers.ts'
import { startHaproxy, startNginx } from './peers.ts'
import { startNode, stopAll } from './processes.ts'
import { notInstalled, type Effort, type Report } from './report.ts'
import { makeScratchFolder, removeScratchFolder } from './scratch.ts'
import type { SidecarReady } from './sidecar-process.ts'

interface Variant {
  readonly name: string
  readonly url: URL
  readonly pid: number
  /** Brings the process's memory down to what it holds. */
  collect(): Promise<unknown>
}

/** Delays in ms, memory in KiB. */
interface Measured {
  readonly first: readonly number[]
  readonly later: readonly number[]
  readonly memory: number
}

/** So few at a time that a stream does not wait for the opening of others. */
const openedAtOnce = 5

export async function benchStreams({ quick }: Effort): Promise<Report> {
  const folder = makeScratchFolder()
  const effort = quick ? { streams: 50, seconds: 1.2 } : { streams: 500, seconds: 5 }
  try {
    const { variants, missing } = await startAll(folder)
    // This process reads all streams: its compiler learns on streams that are not counted.
    const [direct] = variants
    if (direct !== undefined) await measure(direct, effort)
    const results: { name: string; measured: Measured }[] = []
    for (const variant of variants) {
      if (!quick) await quietMoment()
      results.push({ name: variant.name, measured: await measure(variant, effort) })
    }
    const base = results[0]?.measured
    const rows = results.map(({ name, measured }) => row(name, measured, base))
    return {
      title: `streams: ${effort.streams} open event streams, one event a second each`,
      columns: [
        '',
        'first event / direct',
        'later events / direct',
        'first event p50 ms',
        'p99 ms',
        'later events p50 ms',
        'p99 ms',
        'KiB a stream',
      ],
      rows: [...rows, ...missing.map((name) => notInstalled(name))],
      notes: [
        `First event: from connecting to its arrival, ${openedAtOnce} streams opened at a time. Later events: from the upstream's write to the client's read.`,
        'Memory: growth of the resident set of the proxy, divided by the streams (after a collection, for mcpauth).',
      ],
    }
  } finally {
    await stopAll()
    removeScratchFolder(folder)
  }
}

async function startAll(folder: string): Promise<{ variants: Variant[]; missing: string[] }> {
  const upstream = await startNode<{ port: number }>('upstream-process.ts', {})
  const upstreamPort = upstream.ready.port
  const origin = `http://127.0.0.1:${upstreamPort}`
  const peers = { folder, upstreamPort, issuer: 'none', token: 'none' }
  const nginx = await startNginx(peers)
  const haproxy = await startHaproxy(peers)
  const options = { upstream: origin, audience }
  const sidecar = await startNode<SidecarReady>('sidecar-process.ts', options, ['--expose-gc'])
  const invoke = `http://127.0.0.1:${sidecar.ready.httpPort}/v1.0/invoke/upstream/method/events`
  const nothing = async (): Promise<void> => {}
  const found = [
    { name: 'direct', url: new URL('/events', origin), pid: upstream.pid, collect: nothing },
    nginx && { name: 'nginx', url: eventsAt(nginx.plain), pid: nginx.pid, collect: nothing },
    haproxy && {
      name: 'HAProxy',
      url: eventsAt(haproxy.plain),
      pid: haproxy.pid,
      collect: nothing,
    },
    {
      name: 'mcpauth',
      url: new URL(invoke),
      pid: sidecar.pid,
      collect: () => sidecar.ask({ collect: true }),
    },
  ]
  return {
    variants: found.filter((variant) => variant !== undefined),
    missing: [...(nginx ? [] : ['nginx']), ...(haproxy ? [] : ['HAProxy'])],
  }
}

function eventsAt(plain: string): URL {
  return new URL('/events', plain)
}

async function measure(
  variant: Variant,
  effort: { readonly streams: number; readonly seconds: number },
): Promise<Measured> {
  // One stream first, so that code and buffers that all streams share are not counted.
  const warm = await openStream(variant.url, [])
  await variant.collect()
  const before = residentMemory(variant.pid)
  const later: number[] = []
  const first: number[] = []
  const sockets: Socket[] = [warm.socket]
  try {
    for (let opened = 0; opened < effort.streams; opened += openedAtOnce) {
      const batch = Array.from({ length: openedAtOnce }, () => openStream(variant.url, later))
      for (const { socket, delay } of await Promise.all(batch)) {
        sockets.push(socket)
        first.push(delay)
      }
    }
    await wait(effort.seconds * 1000)
    await variant.collect()
    const memory = (residentMemory(variant.pid) - before) / effort.streams
    const lost = sockets.filter((socket) => socket.destroyed).length
    if (lost > 0) throw new Error(`${variant.name} lost ${lost} streams`)
    return { first, later, memory }
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

/** Resolves with the ms until the first event; the delays of later ones go to `later`. */
function openStream(url: URL, later: number[]): Promise<{ socket: Socket; delay: number }> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const socket = connect({ port: Number(url.port), host: url.hostname, noDelay: true })
    let received = false
    socket.setEncoding('latin1')
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`${url.href} closed the stream`)))
    socket.write(
      `GET ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\naccept: text/event-stream\r\n\r\n`,
    )
    socket.on('data', (text: string) => {
      const now = process.hrtime.bigint()
      for (const [, sent] of text.matchAll(eventPattern)) {
        if (received) later.push(Number(now - BigInt(sent ?? 0)) / 1e6)
        else resolve({ socket, delay: performance.now() - started })
        received = true
      }
    })
  })
}

function row(name: string, measured: Measured, base: Measured | undefined): readonly string[] {
  const { first, later, memory } = measured
  return [
    name,
    times(median(first) / median(base?.first ?? [])),
    times(median(later) / median(base?.later ?? [])),
    short(median(first)),
    short(percentile(first, 99)),
    short(median(later)),
    short(percentile(later, 99)),
    name === 'direct' ? '–' : short(memory),
  ]
}
