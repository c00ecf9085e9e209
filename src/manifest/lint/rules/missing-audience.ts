// A token request that does not say whom the token is for.
import { componentType, inScope } from '../../../core/component.ts'
import { quote } from '../../problem.ts'
import { usersOf, type PipelineName } from '../handlers.ts'
import type { KnownResource, LintSet } from '../lint-set.ts'
import type { LintRule } from '../rule.ts'
import { bearer, hasSetting, headlessSetters, literalSetting, scopesIn } from '../settings.ts'

export const missingAudience: LintRule = {
  id: 'missing-audience',
  severity: 'warning',
  summary: 'A token request without an audience for a server that checks it',
  why:
    'A bearer Component lets a token through only when its aud contains the audience. MCP clients must say in the token ' +
    'request which server the token is for (RFC 8707). Without that the authorization server decides, and a token for ' +
    'somebody else is answered with 401.',
  check(set, report) {
    const checkers = Map.groupBy(checkersIn(set), ({ origin }) => origin)
    for (const on of headlessSetters(set)) {
      const { manifest, name } = on.resource
      const tokenUrl = literalSetting(manifest, 'tokenURL')
      if (tokenUrl === undefined || saysAudience(on.resource)) continue
      const origin = originOf(tokenUrl.text)
      if (origin === undefined || !isUsed(set, on.resource, 'httpPipeline')) continue
      const asked = scopesIn(literalSetting(manifest, 'scopes')?.text ?? '')
      const server = checkers.get(origin)?.find(
        // A scope such as `api://mcp/.default` names the audience.
        ({ audience }) => !asked.some((scope) => scope.startsWith(audience)),
      )
      if (server === undefined) continue
      report(on, {
        pointer: tokenUrl.pointer,
        message: `Component ${quote(name)} asks for a token without saying for whom, but Component ${quote(server.name)} lets only tokens for ${quote(server.audience)} through.`,
        hint: hintFor(set, server.audience),
      })
    }
  },
}

/** Whether the request says whom the token is for; where the parameters cannot be read, it may. */
function saysAudience({ manifest }: KnownResource): boolean {
  if (hasSetting(manifest, 'audience') || hasSetting(manifest, 'resource')) return true
  const query = literalSetting(manifest, 'endpointParamsQuery')
  if (query === undefined) return hasSetting(manifest, 'endpointParamsQuery')
  const parameters = new URLSearchParams(query.text)
  return parameters.has('audience') || parameters.has('resource')
}

interface Checker {
  readonly name: string
  readonly audience: string
  /** Of the issuer. */
  readonly origin: string | undefined
}

/** The bearer Components before the app of an App ID. */
function checkersIn(set: LintSet): Checker[] {
  return set.all('Component').flatMap((component) => {
    const { manifest, name } = component
    if (componentType(manifest) !== bearer || !isUsed(set, component, 'appHttpPipeline')) return []
    const audience = literalSetting(manifest, 'audience')?.text
    const origin = originOf(literalSetting(manifest, 'issuer')?.text ?? '')
    return audience === undefined ? [] : [{ name, audience, origin }]
  })
}

/** Whether an App ID runs with the Component in that pipeline: a Component that nobody uses proves nothing. */
function isUsed(set: LintSet, component: KnownResource, pipeline: PipelineName): boolean {
  return usersOf(set, component).some(
    ({ configuration, handler }) =>
      handler.pipeline === pipeline &&
      set.appIdsWith(configuration.name).some((appId) => inScope(component.manifest, appId)),
  )
}

function originOf(text: string): string | undefined {
  return URL.parse(text)?.origin
}

function hintFor(set: LintSet, audience: string): string {
  if (set.target !== 'mcpauth') {
    const query = new URLSearchParams({ audience }).toString()
    return `Add endpointParamsQuery: ${quote(query)}.`
  }
  return `Add the setting audience with ${quote(audience)}, or resource with the URI of the server.`
}
