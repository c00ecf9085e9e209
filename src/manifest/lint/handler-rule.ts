// Rules about handlers that do not fit their Component, one for each way.
import { handlerMismatch, type HandlerMismatch } from '../../core/handler-match.ts'
import { handlersOf } from './handlers.ts'
import type { LintRule, RuleInfo } from './rule.ts'

/** The rule that reports the mismatch of its id. */
export function handlerRule(
  info: Omit<RuleInfo, 'severity'> & { readonly id: HandlerMismatch['rule'] },
): LintRule {
  return {
    ...info,
    severity: 'error',
    check(set, report) {
      for (const on of set.linted('Configuration')) {
        for (const handler of handlersOf(on.resource.manifest)) {
          if (set.isOpen('Component', handler.name)) continue
          const mismatch = handlerMismatch(set, handler)
          if (mismatch?.rule !== info.id) continue
          const { message, hint } = mismatch
          report(on, { pointer: `${handler.pointer}/name`, message, hint })
        }
      }
    },
  }
}
