// A handler that sets a token on what goes to the App ID's own app.
import { componentSetting, fittingHandlers, tokenSetters, type Handler } from '../handlers.ts'
import type { LintSet } from '../lint-set.ts'
import type { LintRule } from '../rule.ts'

export const oauth2Inbound: LintRule = {
  id: 'oauth2-inbound',
  severity: 'warning',
  summary: 'A handler in appHttpPipeline that sets a token',
  why:
    'appHttpPipeline stands between the sidecar and its own app: the app gets an access token that was meant for another ' +
    'server. What the app calls goes through httpPipeline. In Dapr appHttpPipeline also wraps calls to HTTPEndpoints; a ' +
    'pathFilter then keeps the token from the app.',
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      for (const handler of fittingHandlers(set, on.resource.manifest)) {
        if (handler.pipeline !== 'appHttpPipeline' || !tokenSetters.has(handler.type)) continue
        if (set.target !== 'mcpauth' && mayBeFiltered(set, handler)) continue
        report(on, {
          pointer: `${handler.pointer}/name`,
          message: `Handler "${handler.name}" in appHttpPipeline hands its token to the app behind this sidecar.`,
          hint: 'Move it to httpPipeline.',
        })
      }
    }
  },
}

/** Whether a pathFilter may restrict the handler to calls of HTTPEndpoints. */
function mayBeFiltered(set: LintSet, { name }: Handler): boolean {
  const component = set.find('Component', name)
  if (component === undefined || set.isOpen('Component', name)) return true
  return componentSetting(component.manifest, 'pathFilter') !== undefined
}
