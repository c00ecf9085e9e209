// A token that goes to every HTTPEndpoint an App ID can call.
import { componentType, inScope, namedItems } from '../../../core/component.ts'
import type { JsonObject } from '../../../core/json.ts'
import { textAt } from '../../../core/pointer.ts'
import { quote } from '../../problem.ts'
import { tokenSetters, usersOf } from '../handlers.ts'
import type { KnownResource, LintSet } from '../lint-set.ts'
import type { LintRule } from '../rule.ts'
import { browserLogin, hasSetting, lintedComponents, literalSetting } from '../settings.ts'

export const tokenEverywhere: LintRule = {
  id: 'token-everywhere',
  severity: 'warning',
  summary: 'A token that goes to every HTTPEndpoint that an App ID can call',
  why:
    'The httpPipeline wraps every request of the app to its sidecar, wherever it goes. Without a pathFilter the token for ' +
    'one server is sent to all others as well, and each of them can use it at the one it was meant for.',
  check(set, report) {
    for (const on of lintedComponents(set, (type) => tokenSetters.has(type))) {
      const { resource } = on
      if (hasSetting(resource.manifest, 'pathFilter')) continue
      const appIds = usersOf(set, resource)
        .filter(({ handler }) => handler.pipeline === 'httpPipeline')
        .flatMap(({ configuration }) => callersWith(set, configuration, resource.manifest))
      for (const appId of new Set(appIds)) {
        const [first, second] = differentServers(endpointsFor(set, appId, resource.manifest))
        if (first === undefined || second === undefined) continue
        const caller = appId === undefined ? '' : ` of App ID ${quote(appId)}`
        report(on, {
          pointer: '/spec/type',
          message: `The token of Component ${quote(resource.name)} goes out with every request${caller}: to HTTPEndpoint ${quote(first)} as well as to ${quote(second)}.`,
          hint: `Add a pathFilter, such as "^/v1.0/invoke/${first}/".`,
        })
        break
      }
    }
  },
}

/** The App IDs that run with a Configuration, as far as they may use the Component; undefined is one not known yet. */
function callersWith(
  set: LintSet,
  configuration: KnownResource,
  component: JsonObject,
): (string | undefined)[] {
  const appIds = set.appIdsWith(configuration.name)
  if (appIds.length === 0) return [undefined]
  return appIds.filter((appId) => inScope(component, appId))
}

/** The HTTPEndpoints that an App ID can call and that do not replace the token by a header of their own. */
function endpointsFor(
  set: LintSet,
  appId: string | undefined,
  component: JsonObject,
): KnownResource[] {
  const setting = componentType(component) === browserLogin ? 'authHeaderName' : 'headerName'
  const header = (literalSetting(component, setting)?.text ?? 'Authorization').toLowerCase()
  return set.all('HTTPEndpoint').filter(({ manifest }) => {
    const replaced = namedItems(manifest, '/spec/headers').some(
      ({ name }) => name.toLowerCase() === header,
    )
    return !replaced && (appId === undefined ? isOpenToAll(manifest) : inScope(manifest, appId))
  })
}

function isOpenToAll(manifest: JsonObject): boolean {
  // No App ID is called "": only a resource without scopes is in scope for it.
  return inScope(manifest, '')
}

/** The name of one endpoint for each origin. */
function differentServers(endpoints: readonly KnownResource[]): string[] {
  const byOrigin = new Map<string, string>()
  for (const { name, manifest } of endpoints) {
    const origin = URL.parse(textAt(manifest, '/spec/baseUrl') ?? '')?.origin
    if (origin !== undefined && !byOrigin.has(origin)) byOrigin.set(origin, name)
  }
  return [...byOrigin.values()]
}
