// A handler that sets a token, before the one that checks it.
import {
  bearer,
  componentSetting,
  fittingHandlers,
  tokenHeaders,
  type Handler,
} from '../handlers.ts'
import type { LintSet } from '../lint-set.ts'
import type { LintRule } from '../rule.ts'

export const tokenBeforeCheck: LintRule = {
  id: 'token-before-check',
  severity: 'warning',
  summary: 'A handler that sets a token before bearer checks it',
  why:
    'Handlers run in the listed order. When one sets the header Authorization and bearer follows, bearer checks the token ' +
    'that the sidecar itself acquired: a caller without a token passes. Here it replaces the caller’s own token, in Dapr ' +
    'it is added behind it.',
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      const handlers = fittingHandlers(set, on.resource.manifest)
      for (const check of handlers.filter(({ type }) => type === bearer)) {
        const setter = handlers.find(
          (other) =>
            other.pipeline === check.pipeline &&
            other.index < check.index &&
            setsAuthorization(set, other),
        )
        if (setter === undefined) continue
        report(on, {
          pointer: `${check.pointer}/name`,
          message: `Handler "${check.name}" stands behind "${setter.name}": a caller without a token is judged by the one that "${setter.name}" sets.`,
          hint: `Move "${check.name}" before "${setter.name}".`,
        })
      }
    }
  },
}

function setsAuthorization(set: LintSet, { name, type }: Handler): boolean {
  const setting = tokenHeaders.get(type)
  // Dapr’s oauth2 sends a caller without a token to a login page.
  if (setting === undefined || (set.target !== 'mcpauth' && setting === 'authHeaderName')) {
    return false
  }
  const component = set.find('Component', name)
  if (component === undefined || set.isOpen('Component', name)) return false
  const header = componentSetting(component.manifest, setting)
  if (header === undefined) return set.target === 'mcpauth'
  return typeof header === 'string' && header.toLowerCase() === 'authorization'
}
