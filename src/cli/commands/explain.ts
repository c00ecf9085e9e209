// `mcpauth explain` tells why mcpauth reports something, and what to do about it.
import { McpAuthError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { suggest } from '../../core/suggest.ts'
import { defineCommand } from '../command.ts'
import type { Explanation } from '../explain/explanation.ts'
import { outputOption } from '../options.ts'
import type { Printable } from '../output/printable.ts'
import { wrapped } from '../output/paragraph.ts'
import { fields, table } from '../output/table.ts'

export const explain = defineCommand({
  description:
    'An error code stands in the JSON of an error (-o json) and in the body of an HTTP answer ("errorCode"); the id of a ' +
    'lint rule stands behind its findings. Without one, all are listed.',
  args: {
    code: {
      takes: 'optional',
      completes: 'errors',
      description: 'Error code or rule; upper and lower case do not matter',
    },
  },
  options: { output: outputOption },
  examples: [
    'mcpauth explain',
    'mcpauth explain HANDLER_UNUSABLE',
    'mcpauth explain token-before-check',
  ],
  async run(_, { args: { code } }) {
    const { explanations } = await import('../explain/sources.ts')
    if (code === undefined) return all(explanations)
    const found = explanations.find(({ id }) => id.toLowerCase() === code.toLowerCase())
    if (found === undefined) throw unknown(code, explanations)
    return single(found)
  },
})

function all(explanations: readonly Explanation[]): Printable {
  return {
    json: () => ({ items: explanations.map(document) }),
    names: () => explanations.map(({ id }) => id),
    text: () =>
      table(
        ['CODE', 'EXIT', 'HTTP', 'MEANING'],
        explanations.map(({ id, facts, summary }) => [
          id,
          String(facts['exitCode'] ?? ''),
          String(facts['httpStatus'] ?? ''),
          summary,
        ]),
      ),
  }
}

function single(explanation: Explanation): Printable {
  const { id, summary, facts, why, remedies } = explanation
  return {
    json: () => document(explanation),
    names: () => [id],
    text: () =>
      [
        `${id}: ${summary}\n`,
        fields([
          ['Exit code', facts['exitCode']?.toString()],
          ['HTTP status', facts['httpStatus']?.toString()],
          ['Severity', facts['severity']?.toString()],
          ['Targets', facts['targets']?.toString()],
        ]),
        `Why:\n${wrapped(why, '  ')}`,
        `What to do:\n${remedies.map((remedy) => wrapped(remedy, '  - ')).join('')}`,
      ].join('\n'),
  }
}

function document({ id, summary, facts, why, remedies }: Explanation): JsonObject {
  return { code: id, summary, ...facts, why, remedies }
}

function unknown(code: string, explanations: readonly Explanation[]): McpAuthError {
  const near = suggest(
    code,
    explanations.map(({ id }) => id),
  )
  const list = 'List them with: mcpauth explain'
  return new McpAuthError('USAGE', 'There is no error code or rule of that name.', {
    hint: near === undefined ? list : `Did you mean ${near}? ${list}`,
  })
}
