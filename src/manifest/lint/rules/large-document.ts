// A document that Dapr never gets to the end of.
import { quote } from '../../problem.ts'
import type { LintedResource } from '../lint-set.ts'
import type { LintRule } from '../rule.ts'

export const largeDocument: LintRule = {
  id: 'large-document',
  severity: 'warning',
  summary: 'A document over 64 KiB',
  why:
    'Dapr’s loader of resource files hangs on a document over 64 KiB: daprd never starts, its memory grows, and nothing ' +
    'says why.',
  targets: ['dapr'],
  check(set, report) {
    for (const on of set.linted()) {
      const { kind, name } = on.resource
      // daprd reads its Configuration in another way.
      if (kind === 'Configuration') continue
      const bytes = Buffer.byteLength(documentText(on))
      if (bytes <= maxBytes) continue
      report(on, {
        pointer: '/metadata/name',
        message: `The document of ${kind} ${quote(name)} has ${Math.ceil(bytes / 1024)} KiB; Dapr hangs on more than 64.`,
        hint: 'Shorten it.',
      })
    }
  },
}

const maxBytes = 64 * 1024

/** The text between the lines that start with `---`, where Dapr splits a file. */
function documentText({ document, source: { text } }: LintedResource): string {
  const marker = text.lastIndexOf('\n---', document.span.start)
  const isFirst = marker === -1 && !text.startsWith('---')
  const begin = isFirst ? 0 : endOfLine(text, marker + 1)
  const end = text.indexOf('\n---', begin)
  return text.slice(begin, end === -1 ? undefined : end)
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end === -1 ? text.length : end
}
