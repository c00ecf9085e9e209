// The forms in which findings are printed, each loaded when it is wanted.
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Style } from '../output/style.ts'

/** What a format has to work with. */
export interface LintOutput {
  readonly findings: readonly Diagnostic[]
  /** File, as the user named it → its text; files without findings are there too. */
  readonly sources: ReadonlyMap<string, string>
  readonly style: Style
}

/** The whole document or the lines to print; ends with a line break unless it is empty. */
export type LintFormatter = (output: LintOutput) => string

export const lintFormats = ['pretty', 'json', 'github', 'sarif', 'junit', 'checkstyle'] as const

export type LintFormat = (typeof lintFormats)[number]

const formatters: Readonly<Record<LintFormat, () => Promise<LintFormatter>>> = {
  pretty: async () => (await import('./pretty.ts')).pretty,
  json: async () => (await import('./json.ts')).json,
  github: async () => (await import('./github.ts')).github,
  sarif: async () => (await import('./sarif.ts')).sarif,
  junit: async () => (await import('./junit.ts')).junit,
  checkstyle: async () => (await import('./checkstyle.ts')).checkstyle,
}

export function loadFormat(format: LintFormat): Promise<LintFormatter> {
  return formatters[format]()
}

/** Where the page of a rule stands, below the root of the project. */
export function rulePage(rule: string): string {
  return `docs/rules/${rule}.md`
}
