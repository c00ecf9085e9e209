// The pipeline handlers of Configurations, and the Components behind them.
import { componentType, namedItems, normalVersion } from '../../core/component.ts'
import type { JsonObject } from '../../core/json.ts'
import { joinPointer, listAt, textAt } from '../../core/pointer.ts'
import type { KnownResource, LintSet } from './lint-set.ts'

export type PipelineName = 'httpPipeline' | 'appHttpPipeline'

export interface Handler {
  readonly pipeline: PipelineName
  /** Position in the pipeline; the first is the outermost. */
  readonly index: number
  /** RFC 6901 pointer of the handler. */
  readonly pointer: string
  readonly name: string
  readonly type: string
  readonly version: string
}

/** The handlers of a Configuration, in the order in which a request meets them. */
export function handlersOf(manifest: JsonObject): Handler[] {
  return (['httpPipeline', 'appHttpPipeline'] as const).flatMap((pipeline) => {
    const list = `/spec/${pipeline}/handlers`
    return listAt(manifest, list).map((handler, index) => ({
      pipeline,
      index,
      pointer: joinPointer(list, index),
      name: textAt(handler, '/name') ?? '',
      type: textAt(handler, '/type') ?? '',
      version: normalVersion(textAt(handler, '/version')),
    }))
  })
}

/** Those handlers whose Component, as far as it is known, has the type that they ask for. */
export function fittingHandlers(set: LintSet, manifest: JsonObject): Handler[] {
  return handlersOf(manifest).filter(({ name, type }) => {
    const component = set.find('Component', name)
    return component === undefined || componentType(component.manifest) === type
  })
}

/** The type that checks an access token. */
export const bearer = 'middleware.http.bearer'

/** Types that put an access token on a request, each with its setting for the header that carries it. */
export const tokenHeaders: ReadonlyMap<string, string> = new Map([
  ['middleware.http.oauth2', 'authHeaderName'],
  ['middleware.http.oauth2clientcredentials', 'headerName'],
])

/** Types that put an access token on what goes out. */
export const tokenSetters: ReadonlySet<string> = new Set(tokenHeaders.keys())

/** The literal value of a Component's setting: undefined when it is not set or empty, null when it is kept elsewhere. */
export function componentSetting(manifest: JsonObject, name: string): string | null | undefined {
  const setting = namedItems(manifest, '/spec/metadata').find((entry) => entry.name === name)
  if (setting === undefined) return undefined
  const value = textAt(setting.item, '/value') ?? null
  return value === '' ? undefined : value
}

export interface HandlerUse {
  readonly configuration: KnownResource
  readonly handler: Handler
}

/** The Configurations whose pipelines name a Component, with the handlers that do. */
export function usersOf(set: LintSet, component: KnownResource): readonly HandlerUse[] {
  const index = usesIn.get(set) ?? indexUses(set)
  usesIn.set(set, index)
  return index.get(useKey(component.name, componentType(component.manifest))) ?? []
}

/** Rules ask for one Component after the other. */
const usesIn = new WeakMap<LintSet, ReadonlyMap<string, readonly HandlerUse[]>>()

function indexUses(set: LintSet): ReadonlyMap<string, readonly HandlerUse[]> {
  const uses = set
    .all('Configuration')
    .flatMap((configuration) =>
      handlersOf(configuration.manifest).map((handler) => ({ configuration, handler })),
    )
  return Map.groupBy(uses, ({ handler }) => useKey(handler.name, handler.type))
}

function useKey(name: string, type: string): string {
  return `${type} ${name}`
}
