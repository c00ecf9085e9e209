// Where explanations come from. A further family of ids, such as lint rules, is one more line here.
import { errorExplanations } from './errors/index.ts'
import type { Explanation } from './explanation.ts'

/** Of every source. Ids are unique without regard to upper and lower case. */
export const explanations: readonly Explanation[] = [...errorExplanations]
