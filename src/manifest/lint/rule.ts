// The contract of a lint rule: what it is called, why it is there, and how it looks at a set of resources.
import type { Edit } from '../../core/diagnostic.ts'
import type { LintedResource, LintSet } from './lint-set.ts'

/** Where manifests can be meant to run. */
export const targets = ['mcpauth', 'dapr', 'catalyst'] as const

export type Target = (typeof targets)[number]

export type Severity = 'error' | 'warning'

/** What is said of a rule wherever it is mentioned. */
export interface RuleInfo {
  /** Stable kebab-case id. */
  readonly id: string
  readonly severity: Severity
  /** One sentence without a full stop: what the rule finds. */
  readonly summary: string
  /** A paragraph: what goes wrong when nobody heeds it. */
  readonly why: string
  /** Targets for which it says something; all of them unless given. */
  readonly targets?: readonly Target[]
}

export interface LintRule extends RuleInfo {
  /** Looks at the linted resources of `set`; those that are only stored are there to be found. */
  check(set: LintSet, report: LintReport): void
}

export type LintReport = (on: LintedResource, finding: LintFinding) => void

export interface LintFinding {
  /** RFC 6901 pointer in the normalized manifest; where nothing stands there, its nearest ancestor is shown. */
  readonly pointer: string
  /** What to point at: the value (default), or the key of the member. */
  readonly at?: 'key' | 'value'
  readonly message: string
  readonly hint?: string
  readonly severity?: Severity
  /** What `--fix` does; `changes` are the pointers below which alone values may change. */
  readonly fix?: { readonly edits: readonly Edit[]; readonly changes: readonly string[] }
}
