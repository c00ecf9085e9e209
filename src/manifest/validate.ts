// Document → Resource, or everything that is wrong with it.
import { hash } from 'node:crypto'

import type { Diagnostic, Position } from '../core/diagnostic.ts'
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { redacted } from '../core/secret.ts'
import type { Resource } from '../core/resource.ts'
import { suggest } from '../core/suggest.ts'
import { joinPointer, valueAt } from '../core/pointer.ts'
import { textAt } from './access.ts'
import { checkNames, checkStoredEnvelope, kindOf } from './envelope.ts'
import { explain } from './explain.ts'
import { type Finding, toProblem } from './finding.ts'
import type { Kind } from './kinds/kind.ts'
import type { LineIndex } from './line-index.ts'
import type { ParsedDocument } from './parse.ts'
import { type Span, toDiagnostic } from './problem.ts'
import { violationsOf } from './schema.ts'

export interface ValidatedDocument {
  /** Absent when a diagnostic is an error. */
  readonly resource?: Resource
  /** What the document says it is, even when it is not valid, and where; a kind that does not exist is undefined. */
  readonly identity?: {
    readonly kind: string | undefined
    readonly name: string
    readonly span: Span
  }
  readonly diagnostics: readonly Diagnostic[]
}

export interface ValidateOptions {
  /** How messages name the file the document is from. */
  readonly file: string
  readonly lines: LineIndex
  /** The severity of what a rule finds, where it is another one than the rule's own. */
  readonly severityOf?: (rule: string) => Diagnostic['severity'] | undefined
  /** Rules whose errors do not keep the document from being a resource; none unless given. */
  readonly tolerated?: ReadonlySet<string>
}

/** Checks one document. */
export function validateDocument(
  document: ParsedDocument,
  { file, lines, severityOf, tolerated }: ValidateOptions,
): ValidatedDocument {
  const findings: Finding[] = []
  const report = (finding: Finding): void => {
    const severity = severityOf?.(finding.rule)
    findings.push(severity === undefined ? finding : { ...finding, severity })
  }
  const manifest = readManifest(document, report)
  const diagnostics = () =>
    findings.map((finding) => toDiagnostic(toProblem(finding, document), file, lines))
  if (manifest === undefined) return { diagnostics: diagnostics() }

  const { kind, value } = manifest
  if (kind !== undefined) checkManifest(kind, value, report)
  else checkUnknownKind(value, report)
  const name = textAt(value, 'metadata', 'name')
  if (name === undefined || name === '') return { diagnostics: diagnostics() }
  const identity = {
    kind: kind?.kind,
    name,
    span: document.locate('/metadata/name') ?? document.span,
  }
  const isUnusable = findings.some(
    ({ severity, rule }) => severity !== 'warning' && tolerated?.has(rule) !== true,
  )
  if (kind === undefined || isUnusable) {
    return { identity, diagnostics: diagnostics() }
  }
  const resource = {
    apiVersion: textAt(value, 'apiVersion') ?? '',
    kind: kind.kind,
    name,
    manifest: value,
    digest: hash('sha256', canonicalJson(value)),
    sensitive: kind.sensitive(value),
    references: kind.references?.(value) ?? [],
    origin: {
      file,
      start: lines.position(document.span.start),
      positions: positionsOf(value, document, lines),
    },
  }
  return { identity, resource, diagnostics: diagnostics() }
}

function readManifest(document: ParsedDocument, report: (finding: Finding) => void) {
  if (!isJsonObject(document.value)) {
    const message = 'The document is not a manifest: it must be a mapping with apiVersion and kind.'
    report({ rule: 'not-a-manifest', pointer: '', message, hint: 'Remove it, or correct it.' })
    return undefined
  }
  const own = ownFiles.find(({ list }) => isOwnFile(document.value, list))
  if (own !== undefined) {
    const { noun, hint } = own
    const message = `This is a ${noun}, not a manifest.`
    report({ rule: 'not-a-manifest', pointer: '', message, hint })
    return undefined
  }
  const kind = kindOf(document.value, report)
  const value = kind?.normalize?.(document.value, document, report) ?? document.value
  return { kind, value }
}

/** Files of other commands, by the list that each holds. */
const ownFiles = [
  { list: 'apps', noun: 'run file', hint: 'Start it with mcpauth dev run -f.' },
  { list: 'cases', noun: 'table of cases', hint: 'Pass it to mcpauth access test -f.' },
]

function isOwnFile(value: Json, list: string): boolean {
  return (
    isJsonObject(value) &&
    Array.isArray(value[list]) &&
    !('kind' in value) &&
    !('apiVersion' in value)
  )
}

function checkManifest(kind: Kind, value: JsonObject, report: (finding: Finding) => void): void {
  if (kind.schema === undefined) checkStoredEnvelope(value, report)
  else {
    // A missing or misspelt apiVersion is reported with the kind.
    for (const finding of explain(violationsOf(kind.schema, withApiVersion(kind, value)))) {
      report(finding)
    }
  }
  checkNames(kind, value, report)
  kind.check?.(value, report)
  for (const pointer of kind.sensitive(value)) {
    if (valueAt(value, pointer) !== redacted) continue
    const message = `${redacted} stands for a value that is not shown; it is not the value itself.`
    const hint = 'Write the value, or better, a secretKeyRef.'
    report({ rule: 'redacted-value', pointer, message, hint })
  }
}

/** What every kind has must be right in a document of an unknown one too: its kind is the smaller mistake. */
function checkUnknownKind(value: JsonObject, report: (finding: Finding) => void): void {
  checkStoredEnvelope(value, report)
  checkNames(undefined, value, report)
}

function withApiVersion(kind: Kind, value: JsonObject): JsonObject {
  if (typeof value['apiVersion'] === 'string') return value
  const misspelt = suggest('apiVersion', Object.keys(value))
  const others = Object.entries(value).filter(([key]) => key !== misspelt)
  return { ...Object.fromEntries(others), apiVersion: kind.apiVersions[0] ?? '' }
}

/** Pointer → place, for every value of the manifest; what normalizing added stands where its parent does. */
function positionsOf(
  manifest: JsonObject,
  document: ParsedDocument,
  lines: LineIndex,
): Record<string, Position> {
  const positions: Record<string, Position> = {}
  const visit = (value: Json, pointer: string, inherited: Position): void => {
    const span = document.locate(pointer)
    const position = span === undefined ? inherited : lines.position(span.start)
    positions[pointer] = position
    if (Array.isArray(value)) {
      for (const [index, item] of (value as readonly Json[]).entries()) {
        visit(item, joinPointer(pointer, index), position)
      }
    } else if (isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        visit(item, joinPointer(pointer, key), position)
      }
    }
  }
  visit(manifest, '', lines.position(document.span.start))
  return positions
}
