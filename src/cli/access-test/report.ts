// The answer to `access test`: each layer on the way of a call, and what it said.
import type { JsonObject } from '../../core/json.ts'
import type { Trial } from '../../data-plane/trial.ts'
import type { Style } from '../output/style.ts'
import { singleLine } from '../output/table.ts'
import type { AskedCall } from './trials.ts'

const outcomes = { passed: 'ok', refused: 'refused', notTried: 'not tried' } as const

/** `mcp-client POST /mcp of mcp-server`. */
export function callLabel({ caller, target, path, method }: AskedCall): string {
  return singleLine(`${caller ?? 'anonymous'} ${method} ${path} of ${target}`)
}

export function trialText(call: AskedCall, trial: Trial, style: Style): string {
  const isSure = trial.steps.every(({ outcome }) => outcome !== 'notTried')
  const verdict = trial.allowed
    ? `${style.good('ALLOWED')}${isSure ? '' : ' as far as it was tried'}`
    : `${style.bad('DENIED')} with ${trial.status}`
  return `${verdict}: ${callLabel(call)}\n${stepLines(trial, style)}`
}

/** One line a layer, indented; hints below. */
export function stepLines({ steps }: Trial, style: Style): string {
  return steps
    .flatMap(({ layer, outcome, detail, hints = [] }) => [
      `  ${layer.padEnd(15)}  ${outcomes[outcome].padEnd(9)}  ${singleLine(detail)}\n`,
      ...hints.map((hint) => `${' '.repeat(30)}${style.dim('hint:')} ${singleLine(hint)}\n`),
    ])
    .join('')
}

export function trialJson(
  { caller, target, path, method }: AskedCall,
  { allowed, status, steps }: Trial,
): JsonObject {
  return {
    allowed,
    ...(status === undefined ? {} : { status }),
    caller: caller ?? null,
    target,
    method,
    path,
    layers: steps.map(({ hints = [], ...step }) => ({
      ...step,
      ...(hints.length === 0 ? {} : { hints: [...hints] }),
    })),
  }
}
