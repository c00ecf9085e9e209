import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

import { fingerprint, watchPaths } from '../../src/dev/watch.ts'

it('asks again when an edit could not be taken over', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcpauth-'))
  const file = join(folder, 'a.yaml')
  writeFileSync(file, '1')
  let count = 0
  const stop = new AbortController()
  const changed = async (): Promise<boolean> => {
    count += 1
    if (count === 1) setTimeout(() => writeFileSync(file, '22'), 0)
    return count >= 3
  }
  const paths = [file]
  const watching = watchPaths({ paths, seen: await fingerprint(paths) }, changed, stop.signal)
  writeFileSync(file, '333')
  await expect.poll(() => count, { timeout: 4_000 }).toBe(3)
  stop.abort()
  await watching
})

it('notices an edit from before the first look', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcpauth-'))
  const paths = [join(folder, 'a.yaml')]
  const seen = await fingerprint(paths)
  writeFileSync(join(folder, 'a.yaml'), '1')
  const stop = new AbortController()
  let count = 0
  const changed = async (): Promise<boolean> => {
    count += 1
    stop.abort()
    return true
  }
  await watchPaths({ paths, seen }, changed, stop.signal)
  expect(count).toBe(1)
})

it('notices writes, renames over, new files in folders and removals, and stops', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcpauth-'))
  const file = join(folder, 'a.yaml')
  const nested = join(folder, 'nested')
  mkdirSync(nested)
  writeFileSync(file, '1')
  let count = 0
  const stop = new AbortController()
  const paths = [file, nested]
  const watching = watchPaths(
    { paths, seen: await fingerprint(paths) },
    async () => {
      count += 1
      return true
    },
    stop.signal,
  )
  const edits = [
    () => writeFileSync(file, '22'),
    () => {
      writeFileSync(`${file}.tmp`, '33')
      renameSync(`${file}.tmp`, file)
    },
    () => writeFileSync(join(nested, 'b.yaml'), '1'),
    () => rmSync(join(nested, 'b.yaml')),
    () => rmSync(file),
  ]
  for (const [index, edit] of edits.entries()) {
    edit()
    await expect.poll(() => count, { timeout: 3_000 }).toBe(index + 1)
  }
  stop.abort()
  await watching
})
