// kill -9 at random points of `apply`: the store opens, nothing is half applied, nothing acknowledged is lost.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { runBinary } from '../support/protected-server.ts'
import { rounds } from '../support/rounds.ts'

const folder = mkdtempSync(join(tmpdir(), 'mcpauth-crash-'))
const env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
const options = { cwd: folder, env }
const batchSize = 50
const times = rounds(100, 500)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Every resource of a batch carries the batch's number, so that a mixture is seen. */
function writeBatch(batch: number): void {
  const documents = Array.from(
    { length: batchSize },
    (_, index) => `apiVersion: dapr.io/v1alpha1
kind: HTTPEndpoint
metadata:
  name: endpoint-${index}
spec:
  baseUrl: https://example.com/batch-${batch}
`,
  )
  writeFileSync(join(folder, 'batch.yaml'), documents.join('---\n'))
}

function storedBatch(): number {
  const { stdout, exitCode, stderr } = runBinary(['httpendpoint', 'list', '-o', 'json'], options)
  expect(exitCode, stderr).toBe(0)
  const { items } = JSON.parse(stdout) as { items: { spec: { baseUrl: string } }[] }
  if (items.length === 0) return 0
  expect(items).toHaveLength(batchSize)
  const urls = new Set(items.map(({ spec }) => spec.baseUrl))
  expect(urls.size).toBe(1)
  return Number(/batch-(\d+)$/.exec([...urls][0] ?? '')?.[1])
}

it(
  'again and again',
  async () => {
    let acknowledged = 0
    let killed = 0
    for (let batch = 1; batch <= times; batch += 1) {
      writeBatch(batch)
      const apply = new CliProcess(['apply', '-f', 'batch.yaml'], options)
      const delay = 40 + Math.random() * 160
      const timer = setTimeout(() => apply.child.kill('SIGKILL'), delay)
      await once(apply.child, 'exit')
      clearTimeout(timer)
      if (apply.child.signalCode === 'SIGKILL') killed += 1
      else {
        expect(apply.child.exitCode, apply.stderr).toBe(0)
        acknowledged = batch
      }
      const stored = storedBatch()
      expect(stored).toBeGreaterThanOrEqual(acknowledged)
      expect(stored).toBeLessThanOrEqual(batch)
      // A batch that was stored but not acknowledged is kept from now on.
      acknowledged = Math.max(acknowledged, stored)
    }
    expect(killed).toBeGreaterThan(10)
  },
  rounds(180_000, 1_800_000),
)
