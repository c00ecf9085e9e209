// Several processes, sudden death and a full disk: nothing acknowledged is lost, nothing half-written stays.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { component, endpoint, open, temporaryHome } from './builders.ts'

const script = fileURLToPath(new URL('../support/apply-child.ts', import.meta.url))

interface Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>
  output(): string
  errors(): string
}

function start(...args: string[]): Child {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  return { process: child, output: () => output, errors: () => errors }
}

async function ended(child: Child): Promise<number | null> {
  await once(child.process, 'close')
  return child.process.exitCode
}

describe('processes', () => {
  test('kill -9 at random points: whole batches only, every acknowledged one there', async () => {
    const home = temporaryHome()
    open(home).close()
    let acknowledged = 0
    for (let round = 0; round < 10; round += 1) {
      const child = start(home, 'member', '20')
      const closed = ended(child)
      await once(child.process.stdout, 'data')
      await delay(Math.random() * 60)
      child.process.kill('SIGKILL')
      await closed
      expect(child.errors()).toBe('')
      acknowledged = child.output().split('\n').filter(Boolean).length
      const plane = open(home)
      const batches = plane.resources.list('default').map((resource) => resource.place)
      expect(batches).toHaveLength(20)
      expect(new Set(batches).size).toBe(1)
      expect(Number(batches[0]?.split(':')[1])).toBeGreaterThanOrEqual(acknowledged)
      plane.close()
    }
    expect(acknowledged).toBeGreaterThan(0)
  })

  test('four that make the same MCP server at once: one makes it, with its App ID and policy', async () => {
    const home = temporaryHome()
    const makers = Array.from({ length: 4 }, () => start(home, 'mcpserver', 'github'))
    await Promise.all(makers.map(ended))
    expect(makers.map((maker) => maker.errors()).join('')).toBe('')
    expect(makers.map((maker) => maker.output().trim()).toSorted()).toEqual([
      'created,created,created',
      'unchanged',
      'unchanged',
      'unchanged',
    ])
    expect(open(home).resources.list('default')).toHaveLength(3)
  })

  test('eight writers at once, from the first open on: none is turned away, no update lost', async () => {
    const home = temporaryHome()
    const writers = Array.from({ length: 8 }, (_, index) => start(home, `w${index}`, '3', '25'))
    const codes = await Promise.all(writers.map(ended))
    expect(writers.map((writer) => writer.errors()).join('')).toBe('')
    expect(codes).toEqual(Array(8).fill(0))
    const plane = open(home)
    expect(plane.revision()).toBe(8 * 25)
    const resources = plane.resources.list('default')
    expect(resources).toHaveLength(8 * 3)
    expect(new Set(resources.map((resource) => resource.place))).toEqual(
      new Set(['child.yaml:25:1']),
    )
  })

  test('processes that race for the key agree on it', async () => {
    const home = temporaryHome()
    const writers = Array.from({ length: 6 }, (_, index) => start(home, 'secret', `s${index}`))
    expect(await Promise.all(writers.map(ended))).toEqual(Array(6).fill(0))
    const plane = open(home)
    const names = Array.from({ length: 6 }, (_, index) => `s${index}`)
    const metadata = names.map((name) => ({ name, secretKeyRef: { name, key: 'key' } }))
    plane.apply('default', [component('all', { metadata })])
    expect(plane.plan('default', [component('all', { metadata })]).diagnostics).toEqual([])
  })
})

test.for([20, 30, 40, 50, 60])(
  'a store that may grow to %i pages only refuses and stays as it was',
  (maxPages) => {
    const home = temporaryHome()
    open(home).apply('default', [endpoint('kept')])
    const small = open(home, { maxPages })
    const many = Array.from({ length: 500 }, (_, index) => endpoint(`many-${index}`))
    expect(() => small.apply('default', many)).toThrow(/disk or its quota is full/)
    expect(small.resources.list('default')).toHaveLength(1)
    small.close()
    const plane = open(home)
    expect(plane.revision()).toBe(1)
    plane.apply('default', many)
    expect(plane.resources.list('default')).toHaveLength(501)
  },
)
