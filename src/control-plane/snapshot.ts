// Everything one sidecar needs, resolved from the store at one moment; what cannot be resolved says why.
import { appHealthSpec, type AppHealthSettings } from '../core/app-health.ts'
import type { Json } from '../core/json.ts'
import type { AppSnapshot, AppSpec, HandlerSpec, PeerSpec } from '../core/snapshot.ts'
import type { Secret } from '../core/secret.ts'
import { deniedApis } from '../core/sidecar-apis.ts'
import { placeOf } from '../core/diagnostic.ts'
import { handlerMismatch } from '../core/handler-match.ts'
import { accessControlOf, trustDomainOf } from './access-control.ts'
import { apiTokenOf } from './app-ids.ts'
import {
  componentType,
  componentVersion,
  inScope,
  namedItems,
  normalVersion,
} from '../core/component.ts'
import { currentRevision, type ProjectRow, type StoreContext } from './context.ts'
import { endpointSpec } from './endpoint-spec.ts'
import { healthSettings } from './health-settings.ts'
import { mcpServerSpec } from './mcp-server-spec.ts'
import { spiffeIdOf } from './svid-spec.ts'
import { digestOfValues, resolveItems } from './metadata-values.ts'
import { placeAt } from './places.ts'
import { joinPointer, listAt, textAt } from '../core/pointer.ts'
import { resiliencySpec } from './resiliency-spec.ts'
import { sealedValue, type KnownResource } from './resource-table.ts'
import { requireResource } from './resources.ts'
import { SecretStores, type Problem } from './secret-stores.ts'
import { liveSessions } from './sessions.ts'
import { World } from './world.ts'

export interface SnapshotOptions {
  /** The port the application listens on at 127.0.0.1; without it `appEndpoint` counts. */
  readonly appPort?: number
  /** Sent to the app as `dapr-api-token`, instead of what `appEndpoint` says. */
  readonly appToken?: Secret
  /** Stands over what the App ID says, field by field. */
  readonly health?: AppHealthSettings
}

/** Throws APPID_NOT_FOUND, and STORE_UNUSABLE when not even the API token can be read; never for a bad manifest. */
export function takeSnapshot(
  context: StoreContext,
  project: ProjectRow,
  { appId, ...options }: { readonly appId: string } & SnapshotOptions,
): AppSnapshot {
  const world = new World(context, project)
  const identity = requireResource(context, project, { kind: 'AppIdentity', name: appId })
  const scene: Scene = { world, stores: new SecretStores(world, appId), appId }
  const name = textAt(identity.manifest, '/spec/appConfig')
  const configuration = configurationOf(world, identity)
  const problem = name === undefined ? undefined : configurationProblem(name, configuration)
  const accessControl = accessControlOf(configuration, project.name)
  const denied = configuration === undefined ? [] : deniedApis(configuration.manifest)
  const trustDomain = trustDomainOf(configuration)
  const resiliency = resiliencySpec(inScopeOf(scene, 'Resiliency'))
  const caller = () => spiffeIdOf(world, { appId, configuration: name })
  const resolved = {
    httpPipeline: handlers(scene, configuration, 'httpPipeline'),
    appHttpPipeline: handlers(scene, configuration, 'appHttpPipeline'),
    mcpServers: inScopeOf(scene, 'MCPServer').map((server) =>
      mcpServerSpec({ world, stores: scene.stores, server, caller }),
    ),
    endpoints: inScopeOf(scene, 'HTTPEndpoint').map((endpoint) =>
      endpointSpec(world, scene.stores, endpoint),
    ),
  }
  return {
    project: project.name,
    appId,
    revision: currentRevision(context),
    apiToken: apiTokenOf(context, project, appId),
    app: appSpec(world, identity, options),
    configuration: name,
    ...(problem === undefined ? {} : { problem }),
    ...(accessControl === undefined ? {} : { accessControl }),
    ...(denied.length === 0 ? {} : { deniedApis: denied }),
    ...(trustDomain === undefined ? {} : { trustDomain }),
    ...resolved,
    ...(resiliency === undefined ? {} : { resiliency }),
    secretVariables: [...scene.stores.readVariables],
    peers: peers(scene),
    components: inScopeOf(scene, 'Component').map((component) => ({
      name: component.name,
      type: componentType(component.manifest),
      version: componentVersion(component.manifest),
    })),
  }
}

/** A Component outside every pipeline, with its settings resolved. Throws RESOURCE_NOT_FOUND. */
export function handlerOfComponent(
  context: StoreContext,
  project: ProjectRow,
  name: string,
): HandlerSpec {
  const component = requireResource(context, project, { kind: 'Component', name })
  const world = new World(context, project)
  // Secret stores are asked in the name of an App ID that the Component is in scope of.
  const [appId = ''] = listAt(component.manifest, '/scopes').map(String)
  const scene: Scene = { world, stores: new SecretStores(world, appId), appId }
  const type = componentType(component.manifest)
  const version = componentVersion(component.manifest)
  return handlerSpec(scene, { name, type, version }, placeOf(component.origin))
}

interface Scene {
  readonly world: World
  readonly stores: SecretStores
  readonly appId: string
}

const defaultTokenHeader = 'dapr-api-token'

function inScopeOf({ world, appId }: Scene, kind: string): KnownResource[] {
  return world.all(kind).filter((resource) => inScope(resource.manifest, appId))
}

function configurationProblem(
  name: string,
  configuration: KnownResource | undefined,
): Problem | undefined {
  if (configuration === undefined) {
    return {
      message: `The attached Configuration "${name}" does not exist.`,
      hint: `Apply it, or attach another one.`,
    }
  }
  return undefined
}

/** Read from the manifest itself: no handler that is written there may get lost. */
function handlers(
  scene: Scene,
  configuration: KnownResource | undefined,
  pipeline: 'httpPipeline' | 'appHttpPipeline',
): HandlerSpec[] {
  if (configuration === undefined) return []
  const list = `/spec/${pipeline}/handlers`
  return listAt(configuration.manifest, list).map((handler, index) => {
    const pointer = joinPointer(list, index)
    return handlerSpec(scene, handler, placeAt(configuration, joinPointer(pointer, 'name')))
  })
}

function handlerSpec(scene: Scene, handler: Json, place: string): HandlerSpec {
  const name = textAt(handler, '/name') ?? ''
  const type = textAt(handler, '/type') ?? ''
  const version = normalVersion(textAt(handler, '/version'))
  const common = { name, type, version, place }
  const component = scene.world.find('Component', name)
  const problem = handlerMismatch(scene.world, common) ?? scopeProblem(scene, name, component)
  if (problem !== undefined || component === undefined) {
    return { ...common, problem: plain(problem ?? { message: `There is no Component "${name}".` }) }
  }
  const resolved = resolveItems(scene.world, scene.stores, {
    resource: component,
    pointer: '/spec/metadata',
  })
  if (resolved.problem !== undefined) {
    const { message, hint } = resolved.problem
    const problemPlace = placeAt(component, resolved.pointer)
    return {
      ...common,
      problem: {
        ...plain({ message: `Component "${name}": ${message}`, hint }),
        place: problemPlace,
      },
    }
  }
  return {
    ...common,
    metadata: Object.fromEntries(resolved.values.map((entry) => [entry.name, entry.value])),
    digest: digestOfValues(scene.world, component.manifest, resolved.values),
    componentPlace: placeOf(component.origin),
    fieldPlaces: Object.fromEntries(
      namedItems(component.manifest, '/spec/metadata').map((item) => [
        item.name,
        placeAt(component, joinPointer(item.pointer, 'name')),
      ]),
    ),
  }
}

function scopeProblem(
  scene: Scene,
  name: string,
  component: KnownResource | undefined,
): Problem | undefined {
  if (component === undefined || inScope(component.manifest, scene.appId)) return undefined
  return {
    message: `Component "${name}" is not in scope for App ID "${scene.appId}".`,
    hint: `Add "${scene.appId}" to its scopes.`,
  }
}

function plain(problem: { message: string; hint?: string | undefined }): Problem {
  const { message, hint } = problem
  return hint === undefined ? { message } : { message, hint }
}

function appSpec(
  world: World,
  identity: KnownResource,
  { appPort, appToken, health = {} }: SnapshotOptions,
): AppSpec {
  const stored = appEndpoint(world, identity)
  const endpoint =
    appToken === undefined
      ? stored
      : { ...stored, token: appToken, tokenHeader: defaultTokenHeader }
  const checked = appHealthSpec(healthSettings(identity.manifest), health)
  const url = appPort === undefined ? endpoint.url : `http://127.0.0.1:${appPort}`
  return {
    ...(url === undefined ? {} : { url }),
    ...(endpoint.token === undefined ? {} : { token: endpoint.token }),
    tokenHeader: endpoint.tokenHeader,
    ...(url === undefined || checked === undefined ? {} : { health: checked }),
  }
}

function appEndpoint(
  world: World,
  identity: KnownResource,
): { readonly url?: string; readonly token?: Secret; readonly tokenHeader: string } {
  const url = textAt(identity.manifest, '/spec/appEndpoint/url')?.replace(/\/+$/, '')
  const token = sealedValue(world.context, world.project, {
    kind: identity.kind,
    name: identity.name,
    pointer: '/spec/appEndpoint/token',
  })
  return {
    ...(url === undefined ? {} : { url }),
    ...(token === undefined ? {} : { token }),
    tokenHeader: textAt(identity.manifest, '/spec/appEndpoint/tokenHeader') ?? defaultTokenHeader,
  }
}

function peers({ world, appId }: Scene): PeerSpec[] {
  const sessions = liveSessions(world.context, world.project.id)
  return world
    .all('AppIdentity')
    .filter((identity) => identity.name !== appId)
    .map((identity) => {
      const session = sessions.find((live) => live.appId === identity.name)
      const trustDomain = trustDomainOf(configurationOf(world, identity))
      const { url: appUrl, token, tokenHeader } = appEndpoint(world, identity)
      const url = isGuarded(world, identity) ? undefined : appUrl
      const endpoint = { tokenHeader, ...(token === undefined ? {} : { token }) }
      return {
        appId: identity.name,
        ...(trustDomain === undefined ? {} : { trustDomain }),
        ...(session === undefined ? {} : { socketPath: session.socketPath }),
        ...(url === undefined ? {} : { endpoint: { url, ...endpoint } }),
      }
    })
}

/**
 * Whether a Configuration stands before the app. Only the App ID's own sidecar can enforce that, so that without one the
 * app is not called at all: a stopped sidecar must not open what it guards.
 */
function isGuarded(world: World, identity: KnownResource): boolean {
  if (textAt(identity.manifest, '/spec/appConfig') === undefined) return false
  const configuration = configurationOf(world, identity)
  if (configuration === undefined) return true
  return (
    listAt(configuration.manifest, '/spec/appHttpPipeline/handlers').length > 0 ||
    accessControlOf(configuration, world.project.name) !== undefined
  )
}

function configurationOf(world: World, identity: KnownResource): KnownResource | undefined {
  const name = textAt(identity.manifest, '/spec/appConfig')
  return name === undefined ? undefined : world.find('Configuration', name)
}
