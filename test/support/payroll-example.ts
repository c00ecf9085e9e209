// The example examples/mcp-auth, played as its README says, in a copy with free ports.
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished } from 'vitest'

import { CliProcess } from './cli-process.ts'
import { copyExample } from './example-copy.ts'
import { freePort, runBinary } from './protected-server.ts'

/** What the caller's page shows of each question: the answer, or `failed: …`. */
export interface Report {
  readonly tools: readonly string[] | string
  readonly next_payday: string
  readonly read_salary: string
}

export interface Played {
  /** Before any grant, after that of one tool, and after that of all to all. */
  readonly reports: readonly [Report, Report, Report]
  /** What the server answers to a call past its sidecar. */
  readonly pastSidecar: number
  /** What the run wrote. */
  readonly output: string
}

/** `links` are put beside the run file: name → the folder it leads to. */
export async function playPayroll(
  runFile: string,
  links: Readonly<Record<string, string>> = {},
): Promise<Played> {
  const example = copyExample('mcp-auth')
  const folder = dirname(dirname(example))
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(example, name))
  const [serverPort, pagePort] = [await freePort(), await freePort()]
  for (const file of [runFile, 'resources/payroll.yaml']) {
    const path = join(example, file)
    const text = readFileSync(path, 'utf8').replace('8000', String(serverPort))
    writeFileSync(path, text.replace('5001', String(pagePort)))
  }

  const env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
  const mcpauth = (line: string, input?: string): void => {
    const options = { cwd: example, env, ...(input === undefined ? {} : { input }) }
    const finished = runBinary(line.split(' '), options)
    if (finished.exitCode !== 0) throw new Error(`mcpauth ${line}: ${finished.stderr}`)
  }
  mcpauth('project create payroll-demo --use')
  mcpauth('secret set payroll key', 'demo-key')
  const run = new CliProcess(['dev', 'run', '-f', runFile], { cwd: example, env })
  onTestFinished(async () => void (await run.stop('SIGKILL')))
  const reached = async (port: number): Promise<number> =>
    fetch(`http://127.0.0.1:${port}/mcp`).then(
      ({ status }) => status,
      () => 0,
    )
  await expect.poll(async () => reached(serverPort), { timeout: 30_000 }).toBe(401)
  await expect.poll(async () => reached(pagePort), { timeout: 30_000 }).not.toBe(0)

  const ask = async (): Promise<Report> =>
    (await (await fetch(`http://127.0.0.1:${pagePort}`)).json()) as Report
  const askUntil = async (isThere: (report: Report) => boolean): Promise<Report> => {
    let report = await ask()
    await expect.poll(async () => isThere((report = await ask())), { timeout: 5_000 }).toBe(true)
    return report
  }
  const closed = await ask()
  mcpauth('mcpserver access grant payroll --caller intranet --allow-tools next_payday')
  const one = await askUntil(({ tools }) => typeof tools !== 'string')
  mcpauth('mcpserver access grant payroll --caller * --allow-tools *')
  const all = await askUntil(({ tools }) => tools.length === 2)
  const pastSidecar = await reached(serverPort)
  await run.stop('SIGINT')
  return { reports: [closed, one, all], pastSidecar, output: run.stdout + run.stderr }
}

const failed = (why: RegExp): unknown =>
  expect.stringMatching(new RegExp(`^failed: [^]*(?:${why.source})`))

/** What the three reports are, whatever the language of the programs. */
export const payrollReports = (unknown: RegExp, denied: RegExp): readonly unknown[] => [
  { tools: failed(unknown), next_payday: failed(unknown), read_salary: failed(unknown) },
  { tools: ['next_payday'], next_payday: 'the 25th', read_salary: failed(denied) },
  {
    tools: ['next_payday', 'read_salary'],
    next_payday: 'the 25th',
    read_salary: 'Ada earns 4,200 a month',
  },
]
