// `mcpauth explain`
import { describe, expect, it } from 'vitest'

import { explanations } from '../../../src/cli/explain/sources.ts'
import { errorCatalog } from '../../../src/core/errors.ts'
import { allRules } from '../../../src/manifest/lint/lint.ts'
import { errorPages } from '../../../scripts/generate/error-docs.ts'
import { runCli } from '../../support/run-cli.ts'

const codes = Object.keys(errorCatalog)
const allIds = [...codes, ...allRules.keys()]

describe('explain', () => {
  it('tells summary, exit code, status, why and what to do', async () => {
    const { exitCode, stdout, stderr } = await runCli(['explain', 'store_busy'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toBe(`STORE_BUSY: The control plane database is locked.

Exit code:    1
HTTP status:  503

Why:
  Another process held the write lock of the database for more than five
  seconds.

What to do:
  - Run the command again.
  - When it stays so, look for a mcpauth process that hangs, or a tool that has
    the database open.
`)
  })

  it('tells the same of a lint rule', async () => {
    const { exitCode, stdout } = await runCli(['explain', 'verb-case'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Severity:  error')
    expect(stdout).toContain('docs/rules/verb-case.md')
  })

  it('leaves out the status of what is never told over HTTP', async () => {
    const { stdout } = await runCli(['explain', 'NOT_CONFIRMED'])
    expect(stdout).not.toContain('HTTP')
  })

  it('lists all codes without an argument', async () => {
    const { stdout } = await runCli(['explain'])
    expect(stdout.split('\n')[0]).toMatch(/^CODE +EXIT +HTTP +MEANING$/)
    expect((await runCli(['explain', '-o', 'name'])).stdout.trimEnd().split('\n')).toEqual(allIds)
  })

  it('is data for programs', async () => {
    const one = JSON.parse((await runCli(['explain', 'USAGE', '-o', 'json'])).stdout) as object
    expect(one).toMatchObject({ code: 'USAGE', exitCode: 2 })
    expect(one).toHaveProperty('why')
    expect(one).not.toHaveProperty('httpStatus')
    const all = JSON.parse((await runCli(['explain', '-o', 'json'])).stdout) as { items: object[] }
    expect(all.items).toHaveLength(allIds.length)
    expect(all.items[0]).toEqual(one)
  })

  it('offers the nearest code for an unknown one', async () => {
    const { exitCode, stdout, stderr } = await runCli(['explain', 'STORE_BUZY'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain('hint: Did you mean STORE_BUSY? List them with: mcpauth explain\n')
    const far = await runCli(['explain', 'nonsense'])
    expect(far.stderr).toContain('hint: List them with: mcpauth explain\n')
  })
})

describe('the prose', () => {
  it.for(codes)('of %s', (code) => {
    const found = explanations.filter(({ id }) => id === code)
    expect(found).toHaveLength(1)
    const { why, remedies } = found[0] ?? { why: '', remedies: [] }
    expect(remedies.length).toBeGreaterThan(0)
    for (const text of [why, ...remedies]) {
      expect(text).toMatch(/^[`A-Z].*[.`]$/)
      expect(text).not.toMatch(/ {2}|\n/)
    }
  })

  it('has ids that differ in more than upper and lower case', () => {
    const ids = explanations.map(({ id }) => id.toLowerCase())
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('names only commands that exist', async () => {
    const { commands } = await import('../../../src/cli/commands/index.ts')
    const paths = new Set(commands.flatMap(({ path }) => [path, path.split(' ')[0]]))
    const text = explanations.flatMap(({ why, remedies }) => [why, ...remedies]).join('\n')
    const spans = [...text.matchAll(/`([^`]*)`/g)].map(([, span = '']) => span)
    const named = spans.flatMap((span) => [...span.matchAll(/\bmcpauth ((?:[a-z]+ ?)+)/g)])
    expect(named.length).toBeGreaterThan(0)
    for (const [, words = ''] of named) {
      const [first = '', second = ''] = words.split(' ')
      expect(paths.has(`${first} ${second}`) || paths.has(first), words).toBe(true)
    }
  })

  it('is the page docs/errors.md', () => {
    const [[path, text] = ['', '']] = errorPages()
    expect(path).toBe('docs/errors.md')
    for (const code of codes) expect(text).toContain(`\n## ${code}\n`)
  })
})
