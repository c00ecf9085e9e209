// The provisioned handlers of a sidecar. A reload keeps every handler whose Component did not change, tokens and keys included.
import type { Clock } from '../core/clock.ts'
import { McpAuthError } from '../core/errors.ts'
import type { GrantStore } from '../core/grants.ts'
import type { Logger } from '../core/logger.ts'
import type { HandlerSpec, SnapshotProblem } from '../core/snapshot.ts'
import type { Middleware, ProvisionContext, Provisioned } from '../middleware/middleware.ts'

export interface HandlerDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly random: () => number
  /** The logins of the project. */
  readonly grants?: GrantStore
  /** The component types that run here. */
  readonly middlewares: readonly Middleware[]
}

type PipelineName = ProvisionContext['pipeline']

interface Held {
  readonly provisioned: Provisioned
  users: number
}

/** What one configuration of the sidecar holds; release it when its last request is done. */
export interface HandlerLease {
  /** `others` is the whole pipeline that the handler stands in. */
  provision(pipeline: PipelineName, spec: HandlerSpec, others?: readonly HandlerSpec[]): Provisioned
  release(): void
}

/** Counts the users of each handler, so that configurations can share it and the last one closes it. */
export class HandlerRegistry {
  readonly #held = new Map<string, Held>()
  readonly #deps: HandlerDeps

  constructor(deps: HandlerDeps) {
    this.#deps = deps
  }

  lease(): HandlerLease {
    const keys: string[] = []
    return {
      provision: (pipeline, spec, others = []) => {
        if (spec.problem !== undefined) throw unusable(spec, spec.problem)
        const handsOnClaims = others.some(({ type }) => this.#readsClaims(type))
        const kind = `${pipeline}${handsOnClaims ? '+claims' : ''} ${spec.type}/${spec.version}`
        const key = `${kind} ${spec.name} ${spec.digest}`
        let held = this.#held.get(key)
        if (held === undefined) {
          held = { provisioned: this.#start(pipeline, spec, handsOnClaims), users: 0 }
          this.#held.set(key, held)
        }
        held.users += 1
        keys.push(key)
        return held.provisioned
      },
      release: () => {
        for (const key of keys.splice(0)) this.#release(key)
      },
    }
  }

  #readsClaims(type: string): boolean {
    return this.#deps.middlewares.some(
      (candidate) => candidate.type === type && candidate.readsClaims === true,
    )
  }

  #start(
    pipeline: PipelineName,
    spec: HandlerSpec & { problem?: undefined },
    handsOnClaims: boolean,
  ): Provisioned {
    const middleware = this.#deps.middlewares.find(
      (candidate) => candidate.type === spec.type && candidate.version === spec.version,
    )
    if (middleware === undefined) {
      throw unusable(spec, {
        message: `The local data plane does not run ${spec.type}/${spec.version}.`,
        hint: `Take the handler out of ${pipeline}, or use a type that runs here.`,
      })
    }
    const { clock, logger, random, grants } = this.#deps
    return middleware.provision(spec.metadata, {
      pipeline,
      name: spec.name,
      place: spec.componentPlace,
      fieldPlaces: spec.fieldPlaces,
      clock,
      logger,
      random,
      handsOnClaims,
      ...(grants === undefined ? {} : { grants }),
    })
  }

  #release(key: string): void {
    const held = this.#held.get(key)
    if (held === undefined) return
    held.users -= 1
    if (held.users > 0) return
    this.#held.delete(key)
    held.provisioned.close?.()
  }
}

function unusable(spec: HandlerSpec, problem: SnapshotProblem): McpAuthError {
  return new McpAuthError(
    'HANDLER_UNUSABLE',
    `The handler ${spec.name} (${spec.type}) cannot be used. ${problem.message}`,
    {
      place: problem.place ?? spec.place,
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    },
  )
}
