// What `apply` costs by the number of resources: whole processes, and the work alone (read, check, plan, store).
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

import { openControlPlane } from '../src/control-plane/control-plane.ts'
import { systemClock } from '../src/core/clock.ts'
import { loadManifests } from '../src/manifest/load.ts'
import { hasErrors, readLoaded } from '../src/manifest/read.ts'
import { requireBuild, Workspace } from './command-line.ts'
import { median, medianRatio, short, times } from './numbers.ts'
import type { Effort, Report } from './report.ts'

type Stage =
  | 'empty'
  | 'yaml'
  | 'work, new'
  | 'work, unchanged'
  | 'process, new'
  | 'process, unchanged'
type Times = Readonly<Record<Stage, number>>

export async function benchApply({ quick }: Effort): Promise<Report> {
  requireBuild()
  const sizes = quick ? [1, 100] : [1, 100, 10_000]
  const workspace = new Workspace()
  try {
    const rows: string[][] = []
    for (const size of sizes) {
      const file = join(workspace.folder, `endpoints-${size}.yaml`)
      writeFileSync(file, endpoints(size))
      const rounds = quick ? 1 : size < 1000 ? 7 : 3
      const samples: Times[] = []
      // The first round is for compilers and caches and is not counted.
      for (let round = -1; round < rounds; round += 1) {
        const sample = await measure(workspace, file, `${size}-${round}`)
        if (round >= 0) samples.push(sample)
      }
      rows.push(row(size, samples))
    }
    return {
      title: 'apply: 1, 100 and 10 000 HTTPEndpoint documents in one file',
      columns: [
        '',
        'process / node, empty file',
        'unchanged: process / empty',
        'work / bare YAML parse',
        'unchanged: work / parse',
        'process ms',
        'unchanged ms',
        'work ms',
        'unchanged ms',
        'bare parse ms',
        'work µs a resource',
      ],
      rows,
      notes: [
        'Process: the built `mcpauth apply`, from start to exit. Work: reading, checking, planning and one transaction, in this warm process.',
        'Bare YAML parse: `parseAllDocuments` of the package `yaml` and nothing else. Medians of interleaved rounds.',
      ],
    }
  } finally {
    workspace.remove()
  }
}

function endpoints(count: number): string {
  const documents = Array.from({ length: count }, (_, index) =>
    [
      'apiVersion: dapr.io/v1alpha1',
      'kind: HTTPEndpoint',
      'metadata:',
      `  name: server-${index}`,
      'spec:',
      `  baseUrl: https://server-${index}.example.com`,
      '  headers:',
      '    - name: Accept',
      '      value: text/event-stream',
      '',
    ].join('\n'),
  )
  return documents.join('---\n')
}

async function measure(workspace: Workspace, file: string, round: string): Promise<Times> {
  const args = ['apply', '-f', file]
  const home = `process-${round}`
  const planeHome = join(workspace.folder, `work-${round}`)
  return {
    empty: workspace.emptyProcess(),
    yaml: await timed(() => void parseAllDocuments(readFileSync(file, 'utf8'))),
    'work, new': await timed(() => applyHere(file, planeHome)),
    'work, unchanged': await timed(() => applyHere(file, planeHome)),
    'process, new': workspace.mcpauth(args, home),
    'process, unchanged': workspace.mcpauth(args, home),
  }
}

/** What the command does between reading its arguments and printing. */
async function applyHere(file: string, home: string): Promise<void> {
  const loaded = await loadManifests([file], { stdin: async () => new Uint8Array() })
  const texts = loaded.sources.flatMap((source) => [source.file, source.text])
  const plane = openControlPlane({ home, clock: systemClock, env: {} })
  try {
    if (plane.unchangedSince('default', texts) !== undefined) return
    const batch = readLoaded(loaded)
    if (hasErrors(batch.diagnostics))
      throw new Error('the manifests of the benchmark are not valid')
    if (!plane.apply('default', batch.resources, [], texts).applied)
      throw new Error('apply was refused')
  } finally {
    plane.close()
  }
}

async function timed(work: () => void | Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function row(size: number, samples: readonly Times[]): string[] {
  const of = (stage: Stage): number[] => samples.map((sample) => sample[stage])
  const ratio = (stage: Stage, base: Stage): string => times(medianRatio(of(stage), of(base)))
  const ms = (stage: Stage): string => short(median(of(stage)))
  return [
    `${short(size)} ${size === 1 ? 'resource' : 'resources'}`,
    ratio('process, new', 'empty'),
    ratio('process, unchanged', 'empty'),
    ratio('work, new', 'yaml'),
    ratio('work, unchanged', 'yaml'),
    ms('process, new'),
    ms('process, unchanged'),
    ms('work, new'),
    ms('work, unchanged'),
    ms('yaml'),
    short((median(of('work, new')) / size) * 1000),
  ]
}
