// Findings for people: place, sentence, code frame, hint, and the rule's page.
import { renderDiagnostics } from '../../manifest/render.ts'
import type { LintOutput } from './format.ts'

export function pretty({ findings, sources, style }: LintOutput): string {
  return renderDiagnostics(findings, sources, style)
}
