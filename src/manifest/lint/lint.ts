// Texts → everything that the rules find in them, in an order that does not depend on that of the files.
import { dirname } from 'node:path'

import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Resource, UnreadableResource } from '../../core/resource.ts'
import { toProblem } from '../finding.ts'
import type { SourceText } from '../load.ts'
import { toDiagnostic } from '../problem.ts'
import { readTexts, type ReadResource } from '../read.ts'
import { fileSecretFindings, type SecretKeys } from './file-secrets.ts'
import { withoutIgnored } from './ignore-comments.ts'
import { LintSet, type StoredResources } from './lint-set.ts'
import { isForeignDocument, isForeignFile } from './relevance.ts'
import { type Severity, type Target } from './rule.ts'
import { rules } from './rules/index.ts'
import { isRunFile, runFileFindings, runFileRules } from './run-files.ts'
import { validationRules } from './validation-rules.ts'

export interface LintOptions {
  readonly target: Target
  /** Rule → what the user made of it. */
  readonly levels?: ReadonlyMap<string, Severity | 'off'>
  /** What is in the files of secret stores; without it, nothing is said of what is not. */
  readonly secretKeys?: SecretKeys
  /** A project to resolve against. */
  readonly stored?: StoredResources & {
    /** What applying the resources there would be refused for. */
    diagnose(
      resources: readonly Resource[],
      unreadable: readonly UnreadableResource[],
    ): readonly Diagnostic[]
  }
}

export interface LintResult {
  /** By file name, then by place. */
  readonly findings: readonly Diagnostic[]
  readonly sources: ReadonlyMap<string, string>
  /** Documents that were looked at. */
  readonly documents: number
  /** Those of them that could be used, as they were read. */
  readonly resources: readonly ReadResource[]
  /** Files and documents that belong to other tools. */
  readonly skipped: { readonly files: number; readonly documents: number }
}

/** Every rule there is, by id. */
export const allRules = new Map(
  [...validationRules, ...runFileRules, ...rules].map((rule) => [rule.id, rule]),
)

/** Never throws for what is wrong with a text. `unread` are the problems of files that have none. */
export function lintTexts(
  texts: readonly SourceText[],
  options: LintOptions,
  unread: readonly Diagnostic[] = [],
): LintResult {
  const { stored, target, secretKeys = () => undefined } = options
  const ordered = texts.toSorted((a, b) => compare(a.file, b.file))
  const runFiles = ordered.filter((source) => isRunFile(source))
  const ours = ordered.filter((source) => !runFiles.includes(source) && !isForeignFile(source))
  const linted: ReadResource[] = []
  let foreign = 0
  const batch = readTexts(ours, {
    isForeign(document, source) {
      const skipped = isForeignDocument(document.value, source)
      if (skipped) foreign += 1
      return skipped
    },
    // What Dapr takes, and what it says of a document beside, is not hidden by what is only dangerous or wrong in a value.
    severityOf: (rule) => (rule === 'insecure-url' && target !== 'mcpauth' ? 'warning' : undefined),
    tolerated: valueRules,
    onResource: (read) => void linted.push(read),
    // Folders of one repository are often environments or examples that never run together.
    duplicateSeverity: (first, second) =>
      dirname(first) === dirname(second) ? 'error' : 'warning',
  })
  const unreadable = [
    ...unread.map(() => ({ kind: undefined, name: undefined })),
    ...batch.unreadable,
  ]
  const set = new LintSet({ linted, unreadable, stored, target })
  const own = [
    ...unread,
    ...batch.diagnostics,
    ...runFileFindings(runFiles),
    ...ruleFindings(set, target),
    ...fileSecretFindings(set, secretKeys),
  ]
  const places = new Set(own.map(placeAndRule))
  const planned = stored?.diagnose(batch.resources, unreadable) ?? []
  const found = [...own, ...planned.filter((finding) => !places.has(placeAndRule(finding)))]
  const known = new Set(allRules.keys())
  const byFile = Map.groupBy(levelled(found, options), ({ file }) => file)
  const sources = new Map([...ours, ...runFiles].map(({ file, text }) => [file, text]))
  const files = new Set([...sources.keys(), ...byFile.keys()])
  const findings = [...files].flatMap((file) =>
    withoutIgnored(byFile.get(file) ?? [], {
      file,
      text: sources.get(file) ?? '',
      known,
    }),
  )
  return {
    findings: findings.toSorted(byPlace),
    sources,
    documents: batch.resources.length + batch.unreadable.length + runFiles.length,
    resources: linted,
    skipped: { files: texts.length - sources.size, documents: foreign },
  }
}

/** Errors of one value: everything else in the document can be looked at all the same. */
const valueRules: ReadonlySet<string> = new Set([
  'value',
  'insecure-url',
  'env-ref',
  'ambiguous-value',
])

function ruleFindings(set: LintSet, target: Target): Diagnostic[] {
  const findings: Diagnostic[] = []
  for (const rule of rules) {
    if (rule.targets?.includes(target) === false) continue
    rule.check(set, ({ document, source, lines }, { fix, ...finding }) => {
      const problem = toProblem({ severity: rule.severity, ...finding, rule: rule.id }, document)
      findings.push(toDiagnostic({ ...problem, ...(fix ? { fix } : {}) }, source.file, lines))
    })
  }
  return findings
}

/** Without what the target or the user does not want to hear, at the severity the user gave it. */
function levelled(
  findings: readonly Diagnostic[],
  { target, levels }: LintOptions,
): readonly Diagnostic[] {
  return findings.flatMap((finding) => {
    if (allRules.get(finding.rule)?.targets?.includes(target) === false) return []
    const level = levels?.get(finding.rule)
    if (level === 'off') return []
    return [level === undefined ? finding : { ...finding, severity: level }]
  })
}

/** The plan of a project repeats what rules have found, in other words. */
function placeAndRule({ file, rule, start }: Diagnostic): string {
  return `${start.line}:${start.column} ${rule} ${file}`
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (
    compare(a.file, b.file) ||
    a.start.line - b.start.line ||
    a.start.column - b.start.column ||
    compare(a.rule, b.rule)
  )
}

/** By code units, so that the order does not depend on the locale. */
function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
