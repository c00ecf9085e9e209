// What a protected MCP server must do, as cases that are tried one by one.
import type { JsonObject } from '../../core/json.ts'
import type { Fetched, Send } from '../send.ts'
import type { Headers } from '../rpc.ts'
import type { Forger } from './forge.ts'

export interface Case {
  /** Stays the same from release to release. */
  readonly id: string
  /** What must be so, as a sentence without its full stop. */
  readonly must: string
  run(bench: Bench): Promise<Outcome>
}

/** Undefined: as it must be; a text: what was seen instead, as a sentence without its full stop. */
export type Outcome = string | undefined | Skip

export interface Skip {
  readonly why: string
}

export interface Result {
  readonly id: string
  readonly must: string
  readonly status: 'passed' | 'failed' | 'skipped'
  /** What was seen instead, or why the case was skipped. */
  readonly detail?: string
}

/** What the cases work with. */
export interface Bench {
  readonly server: URL
  /** Without its query. */
  readonly named: URL
  readonly send: Send
  /** One that the server takes. */
  readonly token: string | undefined
  /** The claims of good tokens, as far as they are known; of the token, or of what the server says of itself. */
  readonly claims: JsonObject
  /** Signs with a key that nobody knows. */
  readonly stranger: Forger
  /** Signs as the issuer does. */
  readonly issuer: Forger | undefined
  readonly idleMs: number
  readonly now: number
  /** POST of `initialize`. */
  readonly call: (headers?: Headers) => Promise<Fetched>
}

export const noToken: Skip = { why: 'needs a token: --token-env or --token-file' }
export const noKey: Skip = { why: 'needs tokens that are right but for one thing: --signing-key' }

export function bearer(token: string): Headers {
  return [['authorization', `Bearer ${token}`]]
}
