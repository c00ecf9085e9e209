// Where explanations come from. A further family of ids is one more line here.
import { errorExplanations } from './errors/index.ts'
import type { Explanation } from './explanation.ts'
import { ruleExplanations } from './rules.ts'

/** Of every source. Ids are unique without regard to upper and lower case. */
export const explanations: readonly Explanation[] = [...errorExplanations, ...ruleExplanations]
