// The explanations of all lint rules.
import { allRules } from '../../manifest/lint/lint.ts'
import { rulePage } from '../lint/format.ts'
import type { Explanation } from './explanation.ts'

export const ruleExplanations: readonly Explanation[] = [...allRules.values()].map(
  ({ id, severity, summary, why, targets }) => ({
    id,
    summary: `${summary}.`,
    facts: { severity, ...(targets === undefined ? {} : { targets: targets.join(', ') }) },
    why,
    remedies: [
      `Compare with the bad and the good example in ${rulePage(id)}.`,
      `Where it is right as it is, write above the line: # mcpauth-ignore ${id} -- why`,
    ],
  }),
)
