// A Configuration behind another document, where daprd does not look.
import { quote } from '../../problem.ts'
import type { LintedResource } from '../lint-set.ts'
import type { LintRule } from '../rule.ts'

export const severalDocuments: LintRule = {
  id: 'several-documents',
  severity: 'warning',
  summary: 'A Configuration that is not the first document of its file',
  why:
    'daprd --config reads the first document of a file and nothing else, whatever its kind is, and does not take ' +
    'Configurations from its resource folders. A Configuration further down is one that was never written: no pipeline, ' +
    'no access control.',
  targets: ['dapr'],
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      if (!isBehindAnother(on)) continue
      report(on, {
        pointer: '/metadata/name',
        message: `Configuration ${quote(on.resource.name)} is not the first document of its file, and daprd --config reads only that.`,
        hint: 'Move it to a file of its own.',
      })
    }
  },
}

/** Whether anything but comments and blank lines stands before the marker of a document. */
function isBehindAnother({ document, source }: LintedResource): boolean {
  const marker = source.text.lastIndexOf('\n---', document.span.start)
  const content = source.text.search(contentLine)
  return content !== -1 && content < marker
}

/** What is no comment, marker or blank line. */
const contentLine = /^(?!(?:\ufeff?[^\S\n]*(?:#.*)?|(?:---|\.\.\.)[^\S\n]*(?:#.*)?)$)./m
