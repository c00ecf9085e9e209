// Walks from the URL of an MCP server to its tools, as a client does: asks, judges, and goes on with what it learned.
import type { Clock } from '../core/clock.ts'
import type { JsonObject } from '../core/json.ts'
import type { Secret } from '../core/secret.ts'
import { isLoopback, printableUrl } from '../core/trusted-url.ts'
import { sendControlRequest } from '../oauth/control-request.ts'
import type { CompactJws } from '../oauth/jws.ts'
import { createKeyLoader, type LoadResult } from '../oauth/load-keys.ts'
import {
  reportOf,
  skipped,
  stepNames,
  type Judged,
  type StepName,
  type StepReport,
} from './finding.ts'
import { textOf } from './json-answer.ts'
import { whyNotAsked } from './places.ts'
import { initialize, rpcProbe, type Headers } from './rpc.ts'
import type { Fetched, Send } from './send.ts'
import { judgeAudience } from './steps/audience.ts'
import { judgeChallenge } from './steps/challenge.ts'
import { judgeReachability } from './steps/reachability.ts'
import type { ResourceFacts } from './steps/resource-metadata.ts'
import { judgeScope } from './steps/scope.ts'
import { judgeToken, notObtained } from './steps/token.ts'
import { whySkipped } from './why-skipped.ts'
import { authorizationServerOf, resourceOf, type Asking } from './published.ts'
import { talk, type Note, type Talk } from './talk.ts'

export interface Walk {
  readonly server: URL
  readonly token: Secret | undefined
  /** Why a token that should be there could not be had, as a sentence. */
  readonly tokenProblem?: string | undefined
  /** Of a Component, which then needs no registration. */
  readonly clientId: string | undefined
  /** Registers a client, which stays at the authorization server. */
  readonly register: boolean
  readonly send: Send
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** All steps, in the order in which a client goes. Never rejects. */
export async function walk(parts: Walk): Promise<readonly StepReport[]> {
  const steps = new Map<StepName, StepReport>()
  const note = <Value>(step: StepName, judged: Judged<Value>): Value | undefined => {
    steps.set(step, reportOf(step, judged))
    return judged.value
  }
  await new Walker(parts, note).run()
  return stepNames.map(
    (step) => steps.get(step) ?? skipped(step, whySkipped(step, steps, parts.token !== undefined)),
  )
}

class Walker {
  readonly #parts: Walk
  readonly #note: Note
  /** Without its query, which may hold a key. */
  readonly #named: URL
  readonly #asking: Asking

  constructor(parts: Walk, note: Note) {
    this.#parts = parts
    this.#note = note
    this.#named = new URL(printableUrl(parts.server))
    this.#asking = { ...parts, note, named: this.#named }
  }

  async run(): Promise<void> {
    const { token, tokenProblem } = this.#parts
    const first = await this.#initialize([])
    const answer = this.#note('reachability', judgeReachability(this.#named, first))
    if (answer === undefined) return
    const challenged = this.#note('challenge', judgeChallenge(answer))
    if (challenged === undefined) return
    if (!challenged.isProtected) return talk(first, this.#talkParts([]))
    const resource = await resourceOf(this.#asking, challenged)
    const document =
      resource === undefined ? undefined : await authorizationServerOf(this.#asking, resource)
    const wanted = challenged.scopes.length > 0 ? challenged.scopes : (resource?.scopes ?? [])
    if (tokenProblem !== undefined) this.#note('token', notObtained(tokenProblem))
    if (token !== undefined) await this.#present(token, { resource, document, wanted })
    else if (resource !== undefined) {
      const facts = { wanted, document, claims: undefined, answered: undefined }
      this.#note('scope', judgeScope(facts))
    }
  }

  async #present(token: Secret, learned: Learned): Promise<void> {
    const { protocol, hostname } = this.#parts.server
    // Over a line that nobody reads, or not at all.
    if (protocol !== 'https:' && !isLoopback(hostname)) return
    const { document, wanted } = learned
    const credentials = authorization(token)
    const answered = await this.#initialize(credentials)
    const jws = await this.#token(token, learned, answered)
    this.#note('scope', judgeScope({ wanted, document, claims: jws?.payload, answered }))
    if (!isTurnedAway(answered)) await talk(answered, this.#talkParts(credentials))
  }

  #talkParts(credentials: Headers): Talk {
    const { server, send } = this.#parts
    return { url: server.href, send, credentials, note: this.#note }
  }

  async #initialize(headers: Headers): Promise<Fetched> {
    const { send, server } = this.#parts
    return send(rpcProbe(server.href, initialize, headers))
  }

  async #token(
    token: Secret,
    { resource, document }: Learned,
    answered: Fetched,
  ): Promise<CompactJws | undefined> {
    const { clock } = this.#parts
    const keys = await this.#keys(resource?.issuers[0], document)
    const name = resource?.resource ?? this.#named.href
    const facts = { issuers: resource?.issuers ?? [], resource: name, keys, answered }
    const judged = judgeToken({ ...facts, token: token.reveal(), now: clock.now() / 1000 })
    const jws = this.#note('token', judged)
    if (jws !== undefined) this.#note('audience', judgeAudience(jws, { resource: name, answered }))
    return jws
  }

  async #keys(
    issuer: string | undefined,
    document: JsonObject | undefined,
  ): Promise<LoadResult | undefined> {
    const { clock, signal } = this.#parts
    const jwksUrl = document === undefined ? undefined : textOf(document, 'jwks_uri')
    const base = issuer === undefined ? null : URL.parse(issuer)
    if (jwksUrl === undefined || base === null || whyNotAsked(jwksUrl, base) !== undefined)
      return undefined
    return createKeyLoader({ jwksUrl }, { send: sendControlRequest, clock })(signal)
  }
}

/** What the way up to the token brought. */
interface Learned {
  readonly resource: ResourceFacts | undefined
  readonly document: JsonObject | undefined
  readonly wanted: readonly string[]
}

function authorization(token: Secret): Headers {
  return [['authorization', `Bearer ${token.reveal()}`]]
}

/** The steps before have said why. */
function isTurnedAway(answered: Fetched): boolean {
  return answered.ok && (answered.status === 401 || answered.status === 403)
}
