// The recipes of docs/ci.md, run: their commands in a shell, the hook by git itself.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { XMLValidator } from 'fast-xml-parser'
import { beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { binary } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/temp-home.ts'

const page = readFileSync('docs/ci.md', 'utf8')

let repository: string
beforeEach(() => {
  repository = temporaryFolder()
  cpSync('fixtures/guide', repository, { recursive: true })
  mkdirSync(join(repository, 'node_modules/.bin'), { recursive: true })
  symlinkSync(binary, join(repository, 'node_modules/.bin/mcpauth'))
})

const breakManifest = (): void => {
  const file = join(repository, 'config/oauth2-client.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/name: oauth2$/m, 'name: oauth3'))
}

/** Runs a line of a job; what installs is not part of the recipe's promise. */
function shell(line: string, env: Record<string, string> = {}) {
  const result = spawnSync('sh', ['-c', line], {
    cwd: repository,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: repository, ...env },
  })
  return { status: result.status, stdout: result.stdout, stderr: result.stderr }
}

describe('the GitHub job', () => {
  const job = parse(block('yaml', 'runs-on')) as {
    jobs: { lint: { steps: { run?: string }[] } }
  }
  const line = job.jobs.lint.steps.map(({ run }) => run ?? '').find((run) => run.includes('lint'))

  it('passes good manifests, and marks the line of a bad one', () => {
    const env = { GITHUB_ACTIONS: 'true' }
    expect(shell(line ?? '', env)).toMatchObject({ status: 0, stdout: '' })
    breakManifest()
    const { status, stdout } = shell(line ?? '', env)
    expect(status).toBe(2)
    expect(stdout).toMatch(/^::error file=config\/oauth2-client.yaml,line=8,.*oauth3/)
  })
})

describe('the GitLab job', () => {
  const job = parse(block('yaml', 'image')) as {
    manifests: { script: string[]; artifacts: { reports: { junit: string } } }
  }
  const line = job.manifests.script.find((step) => step.includes('lint'))

  it('leaves a report either way', () => {
    const report = (): string =>
      readFileSync(join(repository, job.manifests.artifacts.reports.junit), 'utf8')
    expect(shell(line ?? '').status).toBe(0)
    expect(XMLValidator.validate(report())).toBe(true)
    breakManifest()
    expect(shell(line ?? '').status).toBe(2)
    expect(report()).toContain('unknown-component at 8:')
  })
})

describe('the hook', () => {
  const git = (...args: string[]) =>
    spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: repository,
      encoding: 'utf8',
    })

  it('refuses a commit whose manifests are bad, whatever the work tree holds', () => {
    execFileSync('git', ['init', '-q'], { cwd: repository })
    const hook = join(repository, '.git/hooks/pre-commit')
    writeFileSync(hook, block('sh', 'git checkout-index'))
    chmodSync(hook, 0o755)
    writeFileSync(join(repository, '.gitignore'), 'node_modules\n')
    git('add', '-A')
    expect(git('commit', '-q', '-m', 'good')).toMatchObject({ status: 0 })
    breakManifest()
    git('add', '-A')
    cpSync('fixtures/guide', repository, { recursive: true })
    const { status, stdout, stderr } = git('commit', '-q', '-m', 'bad')
    expect(status).not.toBe(0)
    expect(`${stdout}${stderr}`).toContain('config/oauth2-client.yaml:8:')
  })
})

/** The code block of a language that holds `mark`. */
function block(language: string, mark: string): string {
  const blocks = [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)]
  const found = blocks.find(([, name, text]) => name === language && text?.includes(mark) === true)
  if (found?.[2] === undefined) throw new Error(`docs/ci.md has no ${language} block with ${mark}`)
  return found[2]
}
