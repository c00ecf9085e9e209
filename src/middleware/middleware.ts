// The contract between a middleware component type and the pipeline that runs it.
import type { Clock } from '../core/clock.ts'
import type { Exchange, Reply, ResponseHead } from '../core/exchange.ts'
import type { GrantStore } from '../core/grants.ts'
import type { Logger } from '../core/logger.ts'
import type { Secret } from '../core/secret.ts'

/** What a handler reports about its start, for the checklist of `dev run`. */
export interface WarmUpStep {
  /** Such as `first token` or `signing keys`. */
  readonly what: string
  readonly ok: boolean
  /** What was got, or why not; no secrets. */
  readonly detail: string
  readonly hint?: string
  /** The metadata field to look at first, when the step failed. */
  readonly field?: string
  /** The Component that somebody has to log in for. */
  readonly login?: string
}

export interface Provisioned {
  /** One line about what this handler does, such as `client_credentials at https://as.example/token`. */
  readonly summary: string
  /** True when `onRequest` goes by the request alone, contacts nobody and remembers nothing: `access test` runs it. */
  readonly isSelfContained?: true
  /** Web origins that the listener serves for its sake, as browsers write them. */
  servesOrigin?(origin: string): boolean
  /** Contacts what it depends on, once; never throws: a failure is a step that is not ok. */
  warmUp?(signal: AbortSignal): Promise<readonly WarmUpStep[]>
  /** May change headers, path, query and body, or answer. Returns a promise only when it must wait. */
  onRequest?(exchange: Exchange): Reply | undefined | Promise<Reply | undefined>
  /** Sees status and headers before a byte goes back. `retry` asks for the request to be sent once more. */
  onResponse?(
    exchange: Exchange,
    head: ResponseHead,
  ): 'retry' | undefined | Promise<'retry' | undefined>
  close?(): void
}

export interface ProvisionContext {
  readonly pipeline: 'httpPipeline' | 'appHttpPipeline'
  /** Component name, for messages. */
  readonly name: string
  /** `file:line:column` of the Component. */
  readonly place: string
  /** Canonical field name → `file:line:column`. */
  readonly fieldPlaces: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly logger: Logger
  /** 0 ≤ n < 1, for jitter. */
  readonly random: () => number
  /** True when a handler of this pipeline reads the claims of verified tokens. */
  readonly handsOnClaims?: boolean
  /** The logins of the project; absent where there is no project. */
  readonly grants?: GrantStore
}

export type Metadata = Readonly<Record<string, string | Secret>>

export interface Middleware {
  /** Component type, such as `middleware.http.bearer`. */
  readonly type: string
  readonly version: string
  /** True when it reads `claims` of a request: a bearer before it hands them on. */
  readonly readsClaims?: true
  /** Validates metadata and returns the handler. Throws McpAuthError HANDLER_UNUSABLE; contacts nobody. */
  provision(metadata: Metadata, context: ProvisionContext): Provisioned
}
