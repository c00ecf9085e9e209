// A bearer that Dapr also runs on an App ID's calls to HTTPEndpoints.
import { listAt } from '../../../core/pointer.ts'
import { bearer, fittingHandlers, tokenSetters } from '../handlers.ts'
import type { LintSet } from '../lint-set.ts'
import type { LintRule } from '../rule.ts'

export const bearerOnCaller: LintRule = {
  id: 'bearer-on-caller',
  severity: 'warning',
  summary: 'A bearer in the appHttpPipeline of an App ID that calls HTTPEndpoints',
  why:
    'Dapr sends calls to HTTPEndpoints through the appHttpPipeline of the caller, too: a bearer there checks the token ' +
    'that was meant for the other server, and answers a surprising 401. Here appHttpPipeline stands before the App ID’s ' +
    'own app only.',
  targets: ['dapr', 'catalyst'],
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      const handlers = fittingHandlers(set, on.resource.manifest)
      const appIds = set.appIdsWith(on.resource.name)
      const setter = handlers.find(
        ({ pipeline, type }) => pipeline === 'httpPipeline' && tokenSetters.has(type),
      )
      const callers =
        setter === undefined ? appIds.filter((appId) => hasEndpoint(set, appId)) : appIds
      if (callers.length === 0) continue
      const label = `App ID ${callers.map((appId) => `"${appId}"`).join(', ')}`
      for (const { pipeline, type, name, pointer } of handlers) {
        if (pipeline !== 'appHttpPipeline' || type !== bearer) continue
        report(on, {
          pointer: `${pointer}/name`,
          message: `In Dapr, handler "${name}" also checks what ${label} sends to HTTPEndpoints.`,
          hint: 'Run the part that calls and the part that is called as two App IDs, each with a Configuration of its own.',
        })
      }
    }
  },
}

/** Whether an HTTPEndpoint names the App ID in its scopes: one for everybody need not be called by it. */
function hasEndpoint(set: LintSet, appId: string): boolean {
  return set
    .all('HTTPEndpoint')
    .some(
      ({ name, manifest }) =>
        listAt(manifest, '/scopes').includes(appId) && !set.isOpen('HTTPEndpoint', name),
    )
}
