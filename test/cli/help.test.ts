// What the help says, and what it takes to say it.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

import { commands, groups } from '../../src/cli/commands/index.ts'
import { cliReferencePages } from '../../scripts/generate/cli-docs.ts'
import { runCli } from '../support/run-cli.ts'

describe('help', () => {
  const paths = ['', ...groups.map(({ path }) => path), ...commands.map(({ path }) => path)]

  it.for(paths)('of "mcpauth %s"', async (path) => {
    const words = path === '' ? [] : path.split(' ')
    const { exitCode, stdout, stderr } = await runCli([...words, '--help'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const name = path === '' ? 'mcpauth' : path.replaceAll(' ', '-')
    await expect(stdout).toMatchFileSnapshot(`help/${name}.txt`)
    expect((await runCli(['help', ...words])).stdout).toBe(stdout)
  })

  it.for(commands)(
    'of $path describes the command, what it takes, and shows examples',
    async (entry) => {
      const { description, args, options, examples } = await entry.load()
      expect(description).toMatch(/^[A-Z].*\.$/s)
      for (const spec of [...Object.values(args), ...Object.values(options)]) {
        expect(spec.description).toMatch(/^[A-Z].*[^.]$/)
      }
      expect(examples.length).toBeGreaterThan(0)
      for (const example of examples) expect(example).toContain(`mcpauth ${entry.path}`)
    },
  )

  it('of a group without a command goes to standard error, as a mistake', async () => {
    const { exitCode, stdout, stderr } = await runCli(['project'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain('Choose the project that commands mean')
  })

  it('loads nothing but the list of commands and the parser', () => {
    const packages = (...argv: string[]): string[] => [
      ...new Set(loadedBy(...argv).map((url) => /node_modules\/([^/]+)/.exec(url)?.[1] ?? 'own')),
    ]
    expect(packages('--help').toSorted()).toEqual(['commander', 'own'])
    expect(packages('apply', '--help').toSorted()).toEqual(['commander', 'own'])
    expect(loadedBy('--help').filter((url) => /\/src\/(?!cli|core)/.test(url))).toEqual([])
    expect(
      loadedBy('--help').filter((url) => /commands\/(?!(?:index|manifests|stored)\.)/.test(url)),
    ).toEqual([])
  })
})

describe('the reference page', () => {
  it('has a section for each command', async () => {
    const [[path, text] = ['', '']] = await cliReferencePages()
    expect(path).toBe('docs/reference/cli.md')
    for (const command of commands) expect(text).toContain(`\n## mcpauth ${command.path}\n`)
  })
})

/** URLs of the modules that a process loads for a command line. */
function loadedBy(...argv: string[]): string[] {
  const preload = fileURLToPath(new URL('../support/print-loaded-modules.ts', import.meta.url))
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const { status, stderr } = spawnSync(process.execPath, ['--import', preload, main, ...argv], {
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)
  const urls = [...stderr.matchAll(/^loaded (.*)$/gm)].map(([, url = '']) => url)
  expect(urls.some((url) => url.endsWith('/src/cli/main.ts'))).toBe(true)
  return urls.filter((url) => !url.startsWith('node:'))
}
