// Runs the benchmarks and prints one Markdown table a section: `node bench/run.ts [--quick] [section …]`.
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'

import { benchApply } from './apply.ts'
import { benchProxy } from './proxy.ts'
import { renderReport, type Section } from './report.ts'
import { benchStartUp } from './start-up.ts'
import { benchStreams } from './streams.ts'
import { benchTokens } from './tokens.ts'

const sections: ReadonlyMap<string, Section> = new Map([
  ['proxy', benchProxy],
  ['streams', benchStreams],
  ['tokens', benchTokens],
  ['start-up', benchStartUp],
  ['apply', benchApply],
])

/** A section that hangs must not hang whoever runs it. */
const limitMs = 300_000

const { quick, chosen } = readArguments()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

if (quick) console.log('A quick run: it shows that everything works; its numbers mean little.')
console.log(`${new Date().toISOString().slice(0, 10)}, ${machine()}, Node ${process.version}\n`)
let failures = 0
for (const [name, section] of sections) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  try {
    console.log(renderReport(await inTime(name, section)))
  } catch (error) {
    failures += 1
    console.error(`${name} failed: ${error instanceof Error ? error.message : String(error)}\n`)
  }
}
process.exit(failures === 0 ? 0 : 1)

function readArguments(): { quick: boolean; chosen: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({
      options: { quick: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const unknown = positionals.find((name) => !sections.has(name))
    if (unknown !== undefined) throw new Error(`There is no section ${unknown}.`)
    return { quick: values.quick, chosen: positionals }
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    console.error(`Usage: node bench/run.ts [--quick] [${[...sections.keys()].join(' | ')}] …`)
    return process.exit(2)
  }
}

async function inTime(name: string, section: Section): ReturnType<Section> {
  const timer = setTimeout(() => {
    console.error(`${name} did not end within ${limitMs / 1000} s.`)
    process.exit(1)
  }, limitMs)
  try {
    return await section({ quick })
  } finally {
    clearTimeout(timer)
  }
}

function machine(): string {
  const model = cpus()[0]?.model ?? 'unknown CPU'
  const load = loadavg()[0] ?? 0
  return `${availableParallelism()} CPUs (${model}), load ${load.toFixed(1)} before the start`
}
