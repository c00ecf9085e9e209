// When a circuit breaker opens: a CEL expression over what it counted. CEL always ends, and knows nothing but these numbers.
import { createRequire } from 'node:module'

import type { Environment } from '@marcbachmann/cel-js'

import type { RuleProblem } from '../core/rule-problem.ts'

/** What a circuit breaker counted since it last changed its state, or its interval began. */
export interface Counts {
  readonly requests: number
  readonly totalSuccesses: number
  readonly totalFailures: number
  readonly consecutiveSuccesses: number
  readonly consecutiveFailures: number
}

const variables = [
  'requests',
  'totalSuccesses',
  'totalFailures',
  'consecutiveSuccesses',
  'consecutiveFailures',
] as const satisfies readonly (keyof Counts)[]

export type Trip =
  | { readonly isTripped: (counts: Counts) => boolean; readonly problem?: undefined }
  | { readonly problem: RuleProblem }

/** Loads the interpreter of CEL at the first call. Never throws for what the text says. */
export function compileTrip(text: string): Trip {
  environment ??= loadEnvironment()
  try {
    const run = environment.parse(text)
    const checked = run.check()
    if (checked.error !== undefined) return { problem: broken(checked.error) }
    if (checked.type !== 'bool') {
      return {
        problem: { problem: `gives ${checked.type ?? 'no value'}, not true or false`, hint },
      }
    }
    return {
      isTripped: (counts) => {
        try {
          const values = variables.map((name) => [name, BigInt(counts[name])] as const)
          return run(Object.fromEntries<bigint>(values)) === true
        } catch {
          // As in Dapr: a division by zero is no reason to leave a target alone.
          return false
        }
      },
    }
  } catch (error) {
    return { problem: broken(error) }
  }
}

const hint = `Write a condition over ${variables.join(', ')}, such as "consecutiveFailures > 5".`

/** What the interpreter says in one line; its message draws a picture as well. */
function broken(error: unknown): RuleProblem {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each of its errors is like this, and every field may be absent
  const { summary, range } = error as { summary?: string; range?: { start: number } }
  const where = range === undefined ? '' : ` at character ${range.start + 1}`
  const said = summary === undefined ? '' : ` (${summary.replace(/\.$/, '')})`
  return { problem: `is no valid CEL expression${where}${said}`, hint }
}

let environment: Environment | undefined

function loadEnvironment(): Environment {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- require has no types
  const cel = createRequire(import.meta.url)('@marcbachmann/cel-js') as {
    readonly Environment: typeof Environment
  }
  const made = new cel.Environment({ unlistedVariablesAreDyn: false })
  for (const name of variables) made.registerVariable(name, 'int')
  return made
}
