// The judge of arguments for one access policy: each schema of it compiled once.
import type { Json } from '../core/json.ts'
import { refuseArguments, type JudgeArguments, type McpAccessPolicy } from '../core/mcp-access.ts'
import { compileSchema, type Check } from './compile.ts'
import type { SchemaProblem } from './check.ts'

export type PolicyJudge = { readonly ok: true; readonly judge: JudgeArguments } | Unfit

interface Unfit {
  readonly ok: false
  /** Positions in the policy. */
  readonly rule: number
  readonly grant: number
  readonly problem: SchemaProblem
}

/** Loads nothing for a policy without schemas. */
export function judgeOf({ rules }: McpAccessPolicy): PolicyJudge {
  const checks = new Map<Json, Check>()
  for (const [rule, { grants }] of rules.entries()) {
    for (const [grant, { arguments: schema }] of grants.entries()) {
      if (schema === undefined) continue
      const compiled = compileSchema(schema)
      if (!compiled.ok) return { ok: false, rule, grant, problem: compiled.problems[0] }
      checks.set(schema, compiled.check)
    }
  }
  return {
    ok: true,
    judge: (schema, value) => {
      const check = checks.get(schema)
      try {
        return check === undefined ? refuseArguments(schema, value) : check(value)
      } catch {
        // Such as a stack that is too small for the value.
        return refuseArguments(schema, value)
      }
    },
  }
}

/** Why nobody can say who may call what. */
export function judgeProblem({ rule, grant, problem: { problem, hint } }: Unfit): {
  readonly message: string
  readonly hint: string
} {
  const where = `in grant ${grant + 1} of rule ${rule + 1} of its access policy`
  return { message: `The schema of arguments ${where} ${problem}.`, hint }
}
