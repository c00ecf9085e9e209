// `--rule id=level`: what the user makes of each rule.
import { McpAuthError } from '../../core/errors.ts'
import { hintWith, suggest } from '../../core/suggest.ts'
import { allRules, type LintOptions } from '../../manifest/lint/lint.ts'

const levels = new Map([
  ['off', 'off'],
  ['warn', 'warning'],
  ['error', 'error'],
] as const)

/** Throws USAGE for a rule that does not exist, and for a level that is none. */
export function readLevels(texts: readonly string[]): NonNullable<LintOptions['levels']> {
  return new Map(
    texts.map((text) => {
      const [id = '', word = '', ...more] = text.split('=')
      const level = [...levels].find(([name]) => name === word)?.[1]
      if (level === undefined || more.length > 0) {
        throw new McpAuthError('USAGE', `--rule ${text} is not of the form RULE=LEVEL.`, {
          hint: 'Write a rule and off, warn or error, such as unused-component=off.',
        })
      }
      if (!allRules.has(id)) {
        throw new McpAuthError('USAGE', `There is no rule "${id}".`, {
          hint: hintWith(suggest(id, allRules.keys()), 'See docs/rules for the rules there are.'),
        })
      }
      return [id, level]
    }),
  )
}
