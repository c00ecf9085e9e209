// The pipeline handlers of Configurations, and the Components behind them.
import { componentType, normalVersion } from '../../core/component.ts'
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

/** Types that put an access token on what goes out. */
export const tokenSetters: ReadonlySet<string> = new Set([
  'middleware.http.oauth2',
  'middleware.http.oauth2clientcredentials',
])

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
