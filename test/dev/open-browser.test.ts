// What the program that opens the browser is started with: one address, whatever is in it, and no shell (CVE-2025-6514).
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openBrowser } from '../../src/dev/open-browser.ts'
import { temporaryFolder } from '../support/temp-home.ts'

/** A browser that only writes down what it is started with. `starts` waits until `last` was opened. */
function program() {
  const folder = temporaryFolder()
  const [log, browser] = [join(folder, 'log'), join(folder, 'browser')]
  writeFileSync(log, '')
  writeFileSync(
    browser,
    `#!${process.execPath}
const line = JSON.stringify(process.argv.slice(2)) + '\\n'
require('node:fs').appendFileSync(${JSON.stringify(log)}, line)
`,
  )
  chmodSync(browser, 0o700)
  const read = () => readFileSync(log, 'utf8').trimEnd().split('\n')
  const starts = async (last: URL): Promise<string[]> => {
    const line = JSON.stringify([last.href])
    await vi.waitUntil(() => read().includes(line), { timeout: 20_000 })
    return read()
  }
  return { browser, starts }
}

test.each([
  'https://as.example/$(touch%20owned)?a=`touch owned`&b=$(calc)',
  `https://as.example/"';touch owned;'"`,
  'https://as.example/ --flag',
])('%s is one argument', async (text) => {
  const { browser, starts } = program()
  openBrowser(new URL(text), { BROWSER: browser })
  expect(await starts(new URL(text))).toHaveLength(1)
})

test('other schemes than those of the web open nothing', async () => {
  const { browser, starts } = program()
  for (const text of ['javascript:alert(1)', 'file:///etc/passwd', 'calculator:open']) {
    openBrowser(new URL(text), { BROWSER: browser })
  }
  const last = new URL('https://as.example/')
  openBrowser(last, { BROWSER: browser })
  expect(await starts(last)).toHaveLength(1)
})
