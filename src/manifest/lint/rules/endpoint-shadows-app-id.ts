// An HTTPEndpoint and an App ID of one name.
import type { LintedResource, LintSet } from '../lint-set.ts'
import type { LintRule } from '../rule.ts'

export const endpointShadowsAppId: LintRule = {
  id: 'endpoint-shadows-app-id',
  severity: 'warning',
  summary: 'An HTTPEndpoint and an App ID of one name',
  why:
    'The name of an HTTPEndpoint wins over an App ID, in Dapr and here: calls to it go to the endpoint, where no access ' +
    'control and no sidecar of a callee stands before the server.',
  check(set, report) {
    for (const on of shadows(set)) {
      const { name } = on.resource
      report(on, {
        pointer: '/metadata/name',
        message: `HTTPEndpoint "${name}" and App ID "${name}" share a name: calls to it reach the HTTPEndpoint.`,
        hint: 'Rename one of the two.',
      })
    }
  },
}

/** The HTTPEndpoints in question; the App ID where the HTTPEndpoint is only stored. */
function shadows(set: LintSet): LintedResource[] {
  const endpoints = set.linted('HTTPEndpoint').filter(isTwin('AppIdentity'))
  const appIds = set.linted('AppIdentity').filter(isTwin('HTTPEndpoint'))
  const reported = new Set(endpoints.map(({ resource }) => resource.name))
  return [...endpoints, ...appIds.filter(({ resource }) => !reported.has(resource.name))]

  function isTwin(kind: string) {
    return ({ resource: { name } }: LintedResource) =>
      set.find(kind, name) !== undefined && !set.isOpen(kind, name)
  }
}
