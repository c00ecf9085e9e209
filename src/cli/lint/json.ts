// Findings for programs.
import { toJson } from '../output/json.ts'
import { type LintOutput, rulePage } from './format.ts'

export function json({ findings, sources }: LintOutput): string {
  const count = (severity: string): number =>
    findings.filter((finding) => finding.severity === severity).length
  return toJson({
    findings: findings.map(({ rule, severity, file, start, end, message, hint, fix }) => ({
      rule,
      severity,
      file,
      start: { ...start },
      ...(end === undefined ? {} : { end: { ...end } }),
      message,
      ...(hint === undefined ? {} : { hint }),
      docs: rulePage(rule),
      fixable: fix !== undefined,
    })),
    summary: { files: sources.size, errors: count('error'), warnings: count('warning') },
  })
}
