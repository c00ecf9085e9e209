// A table of calls with what is to become of them, tried one after the other.
import { dirname, resolve } from 'node:path'

import { McpAuthError } from '../../core/errors.ts'
import { type Diagnostic, placeOf } from '../../core/diagnostic.ts'
import type { Trial } from '../../data-plane/trial.ts'
import { readAccessCases, type AccessCase } from '../../manifest/access-cases.ts'
import type { CommandContext } from '../context.ts'
import { refusal, showFindings } from '../findings.ts'
import type { OutputFormat } from '../options.ts'
import { readSecret } from '../secret-input.ts'
import { callLabel } from './report.ts'
import type { AccessTrials, AskedCall } from './trials.ts'

export interface CaseResult {
  readonly name: string
  /** `file:line:column` of the case. */
  readonly place: string
  readonly call: AskedCall
  readonly trial: Trial
  /** What came out otherwise; undefined when nothing did. */
  readonly failure: string | undefined
}

/** Throws MANIFEST_INVALID, with everything that is wrong with the table at its place; nothing is tried then. */
export async function tryCases(
  context: CommandContext,
  trials: AccessTrials,
  { path, format }: { readonly path: string; readonly format: OutputFormat },
): Promise<CaseResult[]> {
  const read = await readAccessCases(path, { stdin: async () => context.stdin() })
  const { cases = [], sources } = read
  const folder = path === '-' ? context.world.cwd : dirname(resolve(context.world.cwd, path))
  const diagnostics = [...read.diagnostics]
  const results: CaseResult[] = []
  for (const [index, one] of cases.entries()) {
    const at = (field: string, message: string, hint?: string): Diagnostic =>
      read.at({
        rule: 'access-cases',
        pointer: `/cases/${index}${field}`,
        message,
        ...(hint === undefined ? {} : { hint }),
      })
    if (one.expect === 'allow' && one.status !== undefined) {
      diagnostics.push(at('/status', 'What is allowed has no status of a refusal.', 'Remove it.'))
      continue
    }
    try {
      const call = await callOf(context, one, folder)
      const trial = await trials.ask(call)
      const place = placeOf(at('', ''))
      const name = one.name ?? callLabel(call)
      results.push({ name, place, call, trial, failure: failureOf(one, trial) })
    } catch (error) {
      if (!(error instanceof McpAuthError)) throw error
      const field = error.code === 'APPID_NOT_FOUND' ? '' : '/tokenFile'
      diagnostics.push(at(field, error.message, error.hint))
    }
  }
  await showFindings(context, { sources, diagnostics, format })
  if (diagnostics.some(({ severity }) => severity === 'error')) {
    throw refusal(diagnostics, 'No verdict is given.')
  }
  return results
}

async function callOf(
  context: CommandContext,
  { caller, target, path, method, tokenFile }: AccessCase,
  folder: string,
): Promise<AskedCall> {
  const token =
    tokenFile === undefined
      ? undefined
      : await readSecret(context, { file: resolve(folder, tokenFile) })
  return { caller, target, path, method, token }
}

function failureOf({ expect, status }: AccessCase, trial: Trial): string | undefined {
  const wanted =
    expect === 'allow' ? 'allowed' : `denied${status === undefined ? '' : ` with ${status}`}`
  const came = trial.allowed ? 'allowed' : `denied with ${trial.status}`
  const isAsExpected =
    trial.allowed === (expect === 'allow') && (status === undefined || trial.status === status)
  return isAsExpected ? undefined : `expected to be ${wanted}, is ${came}`
}
