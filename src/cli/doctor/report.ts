// What a walk along the chain found: for people, and for programs.
import type { Json } from '../../core/json.ts'
import type { StepReport } from '../../doctor/finding.ts'
import { wrapped } from '../output/paragraph.ts'
import type { Printable } from '../output/printable.ts'
import type { Style } from '../output/style.ts'
import { singleLine } from '../output/table.ts'

/** `target` as it was named. */
export function doctorReport(target: string, steps: readonly StepReport[]): Printable {
  const findings = steps.flatMap((step) => step.findings)
  return {
    json: (): Json => ({
      target,
      status: steps.some(({ status }) => status === 'failed') ? 'failed' : 'passed',
      steps: steps.map((step) => ({
        step: step.step,
        status: step.status,
        seen: step.seen,
        findings: step.findings.map((finding) => ({ ...finding })),
      })),
    }),
    names: () => findings.map(({ id }) => id),
    text: (style) => steps.map((step) => stepText(step, style)).join('') + summary(steps),
  }
}

const marks = { passed: '✓', failed: '✗', skipped: '-' } as const

function stepText({ step, status, seen, findings }: StepReport, style: Style): string {
  const paint = { passed: style.good, failed: style.bad, skipped: style.dim }[status]
  const line = `${paint(`${marks[status]} ${step.padEnd(20)}`)}  ${singleLine(seen)}\n`
  return line + findings.map((finding) => findingText(finding, style)).join('')
}

function findingText(
  { id, severity, message, breaks, fix }: StepReport['findings'][number],
  style: Style,
): string {
  const paint = severity === 'error' ? style.error : style.warning
  return [
    `    ${paint(`${severity}:`)} ${id}\n`,
    wrapped(singleLine(message), '      '),
    wrapped(`Trips: ${singleLine(breaks)}`, '      '),
    wrapped(`Fix: ${singleLine(fix)}`, '      '),
  ].join('')
}

function summary(steps: readonly StepReport[]): string {
  const count = (wanted: StepReport['status']): number =>
    steps.filter(({ status }) => status === wanted).length
  const warnings = steps
    .flatMap(({ findings }) => findings)
    .filter((one) => one.severity === 'warning')
  const more = warnings.length === 0 ? '' : `, ${warnings.length} to look at`
  return `\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped${more}\n`
}
