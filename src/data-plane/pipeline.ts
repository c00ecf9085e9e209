// A pipeline: provisioned handlers in order, or the reason why everything through it is refused.
import type { Exchange, Reply, ResponseHead } from '../core/exchange.ts'
import { McpAuthError } from '../core/errors.ts'
import type { HandlerSpec } from '../core/snapshot.ts'
import type { Provisioned } from '../middleware/middleware.ts'

/** A handler that is in use, with what `dev run` shows of it. */
export interface ActiveHandler {
  readonly spec: HandlerSpec
  readonly provisioned: Provisioned
}

export interface Pipeline {
  readonly handlers: readonly ActiveHandler[]
  /** When set, no request passes: a missing, mistyped or failing handler never means "skip it". */
  readonly problem: McpAuthError | undefined
}

/**
 * Builds a pipeline from its handlers. `provision` may throw; the first failure closes the whole pipeline.
 * (Dapr skips such a handler and lets the request through: pkg/middleware/http/pipeline.go.)
 */
export function compilePipeline(
  specs: readonly HandlerSpec[],
  provision: (spec: HandlerSpec) => Provisioned,
): Pipeline {
  const handlers: ActiveHandler[] = []
  let problem: McpAuthError | undefined
  for (const spec of specs) {
    try {
      handlers.push({ spec, provisioned: provision(spec) })
    } catch (error) {
      problem ??= unusable(spec, error)
    }
  }
  return { handlers, problem }
}

/** Runs the request side in the listed order. Undefined: go on. Throws when the pipeline has a problem. */
export function runRequest(
  pipeline: Pipeline,
  exchange: Exchange,
): Reply | undefined | Promise<Reply | undefined> {
  if (pipeline.problem !== undefined) throw pipeline.problem
  return runRequestFrom(pipeline.handlers, 0, exchange)
}

/** Runs the response side in reverse order; the first handler that asks for a retry ends the run. */
export function runResponse(
  handlers: readonly ActiveHandler[],
  exchange: Exchange,
  head: ResponseHead,
): 'retry' | undefined | Promise<'retry' | undefined> {
  return runResponseFrom(handlers, handlers.length - 1, exchange, head)
}

function runRequestFrom(
  handlers: readonly ActiveHandler[],
  first: number,
  exchange: Exchange,
): Reply | undefined | Promise<Reply | undefined> {
  for (let index = first; index < handlers.length; index += 1) {
    const outcome = handlers[index]?.provisioned.onRequest?.(exchange)
    if (outcome instanceof Promise) {
      const next = index + 1
      return outcome.then((reply) => reply ?? runRequestFrom(handlers, next, exchange))
    }
    if (outcome !== undefined) return outcome
  }
  return undefined
}

function runResponseFrom(
  handlers: readonly ActiveHandler[],
  first: number,
  exchange: Exchange,
  head: ResponseHead,
): 'retry' | undefined | Promise<'retry' | undefined> {
  for (let index = first; index >= 0; index -= 1) {
    const outcome = handlers[index]?.provisioned.onResponse?.(exchange, head)
    if (outcome instanceof Promise) {
      const next = index - 1
      return outcome.then((verdict) => verdict ?? runResponseFrom(handlers, next, exchange, head))
    }
    if (outcome !== undefined) return outcome
  }
  return undefined
}

function unusable(spec: HandlerSpec, error: unknown): McpAuthError {
  if (error instanceof McpAuthError) return error
  return new McpAuthError('HANDLER_UNUSABLE', `The handler ${spec.name} could not be started.`, {
    place: spec.place,
    cause: error,
  })
}
