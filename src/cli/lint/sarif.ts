// Findings as SARIF 2.1.0 (OASIS), which code scanning services read.
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'

import type { Diagnostic, Edit } from '../../core/diagnostic.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { indexLines } from '../../manifest/line-index.ts'
import { allRules } from '../../manifest/lint/lint.ts'
import type { RuleInfo } from '../../manifest/lint/rule.ts'
import { toJson } from '../output/json.ts'
import { packageVersion } from '../version.ts'
import { type LintOutput, rulePage } from './format.ts'

export function sarif({ findings, sources }: LintOutput): string {
  const used = [...new Set(findings.map(({ rule }) => rule))].toSorted()
  const rules = used.map((id) => descriptor(id, allRules.get(id)))
  return toJson({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'mcpauth', semanticVersion: packageVersion(), rules } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => result(finding, used, sources)),
      },
    ],
  })
}

function descriptor(id: string, info: RuleInfo | undefined): Json {
  if (info === undefined) return { id }
  return {
    id,
    shortDescription: { text: `${info.summary}.` },
    fullDescription: { text: info.why },
    help: { text: `${info.why} See ${rulePage(id)}, or run: mcpauth explain ${id}` },
    defaultConfiguration: { level: info.severity },
  }
}

function result(
  finding: Diagnostic,
  rules: readonly string[],
  sources: LintOutput['sources'],
): Json {
  const { rule, severity, file, start, end, message, hint, fix } = finding
  const artifactLocation = { uri: uriOf(file) }
  const region = {
    startLine: start.line,
    startColumn: start.column,
    ...(end === undefined ? {} : { endLine: end.line, endColumn: end.column }),
  }
  return {
    ruleId: rule,
    ruleIndex: rules.indexOf(rule),
    level: severity,
    message: { text: hint === undefined ? message : `${message} ${hint}` },
    locations: [{ physicalLocation: { artifactLocation, region } }],
    ...(fix === undefined
      ? {}
      : {
          fixes: [
            {
              description: { text: hint ?? message },
              artifactChanges: [
                { artifactLocation, replacements: fix.edits.map(replacementIn(sources.get(file))) },
              ],
            },
          ],
        }),
  }
}

function replacementIn(text = ''): (edit: Edit) => JsonObject {
  const lines = indexLines(text)
  return ({ start, end, text: insert }) => {
    const from = lines.position(start)
    const to = lines.position(end)
    return {
      deletedRegion: {
        startLine: from.line,
        startColumn: from.column,
        endLine: to.line,
        endColumn: to.column,
      },
      insertedContent: { text: insert },
    }
  }
}

/** Relative names stay relative: where the repository lies is not known to the reader. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href
  return file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/')
}
