// An MCP server as a sidecar calls it: transport, headers and client secret resolved, and who may use what of it.
import { placeOf } from '../core/diagnostic.ts'
import { headerValueProblem } from '../core/header-rules.ts'
import { isJsonObject, type JsonObject } from '../core/json.ts'
import { listAt, textAt, valueAt } from '../core/pointer.ts'
import { Secret } from '../core/secret.ts'
import { parseSeconds } from '../core/setting-values.ts'
import type {
  McpOAuth2Spec,
  McpServerSpec,
  McpSvidSpec,
  McpTransport,
  SnapshotProblem,
} from '../core/snapshot.ts'
import { judgeUrl } from '../core/trusted-url.ts'
import { isDisabled } from './disabled.ts'
import { accessPolicyOf } from './mcp-access-policy.ts'
import { digestOfValues, resolveItem, resolveItems, type NamedValue } from './metadata-values.ts'
import { placeAt } from './places.ts'
import type { KnownResource } from './resource-table.ts'
import type { SecretStores } from './secret-stores.ts'
import { svidOf, type Caller } from './svid-spec.ts'
import type { World } from './world.ts'

/** What cannot be used stands in it as `problem`. */
export function mcpServerSpec(scene: Scene): McpServerSpec {
  const { world, server } = scene
  const { name, manifest } = server
  const reach = reachOf(scene)
  const problem = reach.problem ?? notRunProblem(server)
  const policy = world.find('MCPServerAccessPolicy', name)
  return {
    name,
    isEnabled: !isDisabled(world.context, world.project, server),
    displayName: textAt(manifest, '/spec/catalog/displayName') || name,
    transport: reach.transport,
    ...(problem !== undefined || reach.oauth2 === undefined ? {} : { oauth2: reach.oauth2 }),
    ...(problem !== undefined || reach.svid === undefined ? {} : { svid: reach.svid }),
    policy: accessPolicyOf(policy?.manifest),
    digest: digestOfValues(world, manifest, reach.values),
    ...(problem === undefined ? {} : { problem }),
    place: placeOf(server.origin),
  }
}

interface Scene {
  readonly world: World
  readonly stores: SecretStores
  readonly server: KnownResource
  readonly caller: Caller
}

interface Reach {
  readonly transport: McpTransport
  readonly oauth2?: McpOAuth2Spec
  readonly svid?: McpSvidSpec
  /** Everything that came from elsewhere than the manifest. */
  readonly values: readonly NamedValue[]
  readonly problem?: SnapshotProblem
}

const endpoint = '/spec/endpoint'

function reachOf(scene: Scene): Reach {
  const { manifest } = scene.server
  if (isJsonObject(valueAt(manifest, `${endpoint}/stdio`))) return stdioReach(scene)
  const kind = isJsonObject(valueAt(manifest, `${endpoint}/sse`)) ? 'sse' : 'streamableHTTP'
  return httpReach(scene, kind)
}

function stdioReach(scene: Scene): Reach {
  const { manifest } = scene.server
  const pointer = `${endpoint}/stdio`
  const env = valuesAt(scene, { pointer: `${pointer}/env`, store: undefined }, (value) =>
    value.includes('\0')
      ? { problem: 'contains NUL', hint: 'Store it again, as text.' }
      : undefined,
  )
  return {
    transport: {
      kind: 'stdio',
      command: textAt(manifest, `${pointer}/command`) ?? '',
      args: listAt(manifest, `${pointer}/args`).filter((each) => typeof each === 'string'),
      timeoutSeconds: secondsOf(textAt(manifest, `${pointer}/timeout`) ?? stdioTimeout),
      env: env.values,
    },
    ...env,
  }
}

function httpReach(scene: Scene, kind: 'streamableHTTP' | 'sse'): Reach {
  const { world, server, caller } = scene
  const pointer = `${endpoint}/${kind}`
  const store = textAt(server.manifest, `${pointer}/auth/secretStore`)
  const url = textAt(server.manifest, `${pointer}/url`) ?? ''
  const timeoutSeconds = secondsOf(textAt(server.manifest, `${pointer}/timeout`))
  const headers = valuesAt(scene, { pointer: `${pointer}/headers`, store }, headerValueProblem)
  const { oauth2, values, problem } = oauth2Of(scene, `${pointer}/auth/oauth2`, store)
  // As in Dapr, a client of its own goes before the workload's identity.
  const identity =
    oauth2 === undefined ? svidOf(world, server, { pointer: `${pointer}/auth/spiffe`, caller }) : {}
  const found =
    urlProblem(server, `${pointer}/url`, 'url') ?? headers.problem ?? problem ?? identity.problem
  return {
    transport: { kind, url, headers: found === undefined ? headers.values : [], timeoutSeconds },
    ...(oauth2 === undefined ? {} : { oauth2 }),
    ...(identity.svid === undefined ? {} : { svid: identity.svid }),
    values: [...headers.values, ...values, ...digested(identity.svid, pointer)],
    ...(found === undefined ? {} : { problem: found }),
  }
}

/** What of a JWT-SVID comes from elsewhere than the manifest. */
function digested(svid: McpSvidSpec | undefined, pointer: string): NamedValue[] {
  if (svid === undefined) return []
  const { subject, key } = svid
  return [
    { name: 'subject', value: subject, pointer },
    { name: 'kid', value: key.kid, pointer },
  ]
}

const defaultTimeoutSeconds = 30
/** Longer: the first start of many a command downloads what it runs. */
const stdioTimeout = '1m'
/** As long as a timer can run: what Dapr means by a timeout of 0. */
const noTimeoutSeconds = 2_147_483

function secondsOf(timeout: string | undefined): number {
  const seconds = parseSeconds(timeout ?? '') ?? defaultTimeoutSeconds
  return seconds === 0 ? noTimeoutSeconds : Math.min(seconds, noTimeoutSeconds)
}

/** The items of a list with their values, or why one of them has none; `ruleOf` is what apply checks of literals. */
function valuesAt(
  { world, stores, server }: Scene,
  { pointer, store }: { readonly pointer: string; readonly store: string | undefined },
  ruleOf: typeof headerValueProblem,
): { readonly values: readonly NamedValue[]; readonly problem?: SnapshotProblem } {
  const resolved = resolveItems(world, stores, { resource: server, pointer, store })
  if (resolved.problem !== undefined) {
    return {
      values: [],
      problem: { ...resolved.problem, place: placeAt(server, resolved.pointer) },
    }
  }
  for (const item of resolved.values) {
    const { name, value } = item
    const broken = ruleOf(typeof value === 'string' ? value : value.reveal())
    if (broken === undefined) continue
    const message = `The value of "${name}" ${broken.problem}.`
    const place = placeAt(server, item.pointer)
    return { values: [], problem: { message, hint: broken.hint, place } }
  }
  return { values: resolved.values }
}

function oauth2Of(
  { world, stores, server }: Scene,
  pointer: string,
  store: string | undefined,
): Pick<Reach, 'oauth2' | 'values' | 'problem'> {
  const given = valueAt(server.manifest, pointer)
  if (!isJsonObject(given)) return { values: [] }
  const missing = ['clientID', 'secretKeyRef'].find((field) => !Object.hasOwn(given, field))
  const broken =
    urlProblem(server, `${pointer}/issuer`, 'issuer') ??
    (missing === undefined ? undefined : missingField(server, pointer, missing))
  if (broken !== undefined) return { values: [], problem: broken }
  const named = { name: 'clientSecret', item: given, pointer }
  const answer = resolveItem({ world, stores, resource: server, store }, named)
  if ('message' in answer) {
    return {
      values: [],
      problem: { ...answer, place: placeAt(server, `${pointer}/secretKeyRef/name`) },
    }
  }
  const { value } = answer
  const clientSecret = typeof value === 'string' ? new Secret(value) : value
  return {
    oauth2: { ...publicPart(given), clientSecret },
    values: [{ name: 'clientSecret', value: clientSecret, pointer }],
  }
}

function publicPart(oauth2: JsonObject): Omit<McpOAuth2Spec, 'clientSecret'> {
  const audience = textAt(oauth2, '/audience')
  return {
    issuer: textAt(oauth2, '/issuer') ?? '',
    clientId: textAt(oauth2, '/clientID') ?? '',
    scopes: listAt(oauth2, '/scopes').filter((scope) => typeof scope === 'string'),
    ...(audience === undefined || audience === '' ? {} : { audience }),
  }
}

/** A client secret goes to the issuer, so that it must be safe from eavesdroppers; the endpoint is the user's to judge. */
function urlProblem(
  server: KnownResource,
  pointer: string,
  field: 'url' | 'issuer',
): SnapshotProblem | undefined {
  const verdict = judgeUrl(textAt(server.manifest, pointer) ?? '')
  if (verdict.ok || (field === 'url' && verdict.reason === 'insecure')) return undefined
  return {
    message: `The ${field} of MCPServer "${server.name}" ${verdict.problem}.`,
    hint: verdict.hint,
    place: placeAt(server, pointer),
  }
}

function missingField(server: KnownResource, pointer: string, field: string): SnapshotProblem {
  return {
    message: `MCPServer "${server.name}" has auth.oauth2 without ${field}.`,
    hint: `Add ${field}.`,
    place: placeAt(server, pointer),
  }
}

/** What guards a call and is not run: without it the call would be another one. */
function notRunProblem(server: KnownResource): SnapshotProblem | undefined {
  const value = valueAt(server.manifest, '/spec/middleware')
  if (!isJsonObject(value) || Object.keys(value).length === 0) return undefined
  return {
    message: `MCPServer "${server.name}" has middleware, which is not run by this version.`,
    hint: 'Remove middleware.',
    place: placeAt(server, '/spec/middleware'),
  }
}
