import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { LogFile } from '../../src/dev/log-file.ts'
import { temporaryFolder } from '../support/temp-home.ts'

function written(file: LogFile, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) file.write(text)
  return new Promise((resolve) => file.write('', () => resolve()))
}

test('at its limit a file takes the place of the one before it', async () => {
  const folder = temporaryFolder()
  const file = new LogFile(join(folder, 'a.log'), 10)
  await written(file, 'one\n', 'two\n', 'three\n', 'four\n', 'five\n')
  expect(readFileSync(join(folder, 'a.log'), 'utf8')).toBe('four\nfive\n')
  expect(readFileSync(join(folder, 'a.1.log'), 'utf8')).toBe('three\n')
  expect(readdirSync(folder)).toHaveLength(2)
  await new Promise<void>((resolve) => file.end(resolve))
})

test('what a file holds already counts, and a longer text than the limit stands alone', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'a.log'), '123456789')
  const file = new LogFile(join(folder, 'a.log'), 10)
  await written(file, 'x'.repeat(50), 'y')
  expect(statSync(join(folder, 'a.1.log')).size).toBe(50)
  expect(readFileSync(join(folder, 'a.log'), 'utf8')).toBe('y')
})

test.skipIf(process.platform === 'win32')('only its owner may read it', () => {
  const folder = temporaryFolder()
  new LogFile(join(folder, 'a.log')).end()
  expect(statSync(join(folder, 'a.log')).mode & 0o777).toBe(0o600)
})

test('a file that cannot be written any more loses lines, and takes them again later', async () => {
  const folder = join(temporaryFolder(), 'logs')
  mkdirSync(folder)
  const file = new LogFile(join(folder, 'a.log'), 6)
  await written(file, 'one\n')
  rmSync(folder, { recursive: true })
  await written(file, 'two\n', 'three\n')
  mkdirSync(folder)
  await written(file, 'four\n')
  expect(readFileSync(join(folder, 'a.log'), 'utf8')).toBe('four\n')
  expect(file.errored).toBeNull()
})

test('a file that cannot be opened is an error at once', () => {
  const path = join(temporaryFolder(), 'no', 'a.log')
  expect(() => new LogFile(path)).toThrow('ENOENT')
})
