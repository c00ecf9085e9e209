// A handler whose Component is not in scope for an App ID that runs the Configuration.
import { handlerMismatch, scopeMismatch } from '../../../core/handler-match.ts'
import { handlersOf } from '../handlers.ts'
import type { LintRule } from '../rule.ts'

export const handlerOutOfScope: LintRule = {
  id: 'handler-out-of-scope',
  severity: 'error',
  summary: 'A handler whose Component leaves out an App ID that runs the Configuration',
  why:
    'Dapr does not load a Component for an App ID outside of its scopes, and skips a handler that is not loaded: one ' +
    'name left out of `scopes` silently removes the check of tokens. Here such a pipeline answers 503.',
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      const configuration = on.resource.name
      const appIds = set.appIdsWith(configuration)
      for (const handler of handlersOf(on.resource.manifest)) {
        const component = set.find('Component', handler.name)
        if (component === undefined || set.isOpen('Component', handler.name)) continue
        if (handlerMismatch(set, handler) !== undefined) continue
        const named = { name: handler.name, configuration }
        const mismatch = scopeMismatch(named, component.manifest, appIds)
        if (mismatch === undefined) continue
        const { message, hint } = mismatch
        report(on, { pointer: `${handler.pointer}/name`, message, hint })
      }
    }
  },
}
