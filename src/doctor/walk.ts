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
import { authorizationServerPlaces, resourceMetadataPlaces, whyNotAsked } from './places.ts'
import { initialize, rpcProbe, type Headers } from './rpc.ts'
import type { Answer, Fetched, Send } from './send.ts'
import { judgeAudience } from './steps/audience.ts'
import {
  judgeAuthorizationServer,
  takesCodes,
  type LookedAt,
} from './steps/authorization-server.ts'
import { judgeBrowsers, pageOrigin, preflightProbe } from './steps/browsers.ts'
import { judgeChallenge, type Challenged } from './steps/challenge.ts'
import { judgePkce } from './steps/pkce.ts'
import { judgeReachability } from './steps/reachability.ts'
import { judgeRegistration, registrationProbe } from './steps/registration.ts'
import {
  judgeResourceMetadata,
  type Looked,
  type ResourceFacts,
} from './steps/resource-metadata.ts'
import { judgeScope } from './steps/scope.ts'
import { judgeToken } from './steps/token.ts'
import { whySkipped } from './why-skipped.ts'
import { talk, type Note, type Talk } from './talk.ts'

export interface Walk {
  readonly server: URL
  readonly token: Secret | undefined
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

  constructor(parts: Walk, note: Note) {
    this.#parts = parts
    this.#note = note
    this.#named = new URL(printableUrl(parts.server))
  }

  async run(): Promise<void> {
    const { token } = this.#parts
    const first = await this.#initialize([])
    const answer = this.#note('reachability', judgeReachability(this.#named, first))
    if (answer === undefined) return
    const challenged = this.#note('challenge', judgeChallenge(answer))
    if (challenged === undefined) return
    if (!challenged.isProtected) return talk(first, this.#talkParts([]))
    const resource = await this.#resource(challenged)
    const document = resource === undefined ? undefined : await this.#authorizationServer(resource)
    const wanted = challenged.scopes.length > 0 ? challenged.scopes : (resource?.scopes ?? [])
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

  async #resource(challenged: Challenged): Promise<ResourceFacts | undefined> {
    const { server, send } = this.#parts
    const { metadataUrl } = challenged
    const problem = metadataUrl === undefined ? undefined : whyNotAsked(metadataUrl, server)
    const looked: Looked[] = []
    for (const place of resourceMetadataPlaces(server, metadataUrl)) {
      const isForbidden = place.place === 'challenge' && problem !== undefined
      const fetched: Fetched = isForbidden
        ? { ok: false, failure: 'network', detail: `is not asked: it ${problem}` }
        : await send(get(place.url))
      looked.push({ ...place, fetched })
    }
    const facts = this.#note('resource-metadata', judgeResourceMetadata(this.#named, looked))
    await this.#browsers(looked)
    return facts
  }

  async #browsers(looked: readonly Looked[]): Promise<void> {
    const { server, send } = this.#parts
    const [preflight, refused] = await Promise.all([
      send(preflightProbe(server.href)),
      this.#initialize([['origin', pageOrigin]]),
    ])
    const found = looked.find(({ fetched }) => fetched.ok && fetched.status === 200)
    const again =
      found === undefined ? undefined : await send(get(found.url, [['origin', pageOrigin]]))
    const answers = { preflight, challenge: answerOf(refused), metadata: answerOf(again) }
    this.#note('browsers', judgeBrowsers(answers))
  }

  async #authorizationServer(facts: ResourceFacts): Promise<JsonObject | undefined> {
    const { server, send } = this.#parts
    const [issuer = ''] = facts.issuers
    const url = URL.parse(issuer)
    // A forbidden one was told of in the step before.
    if (url === null || whyNotAsked(issuer, server) !== undefined) return undefined
    const looked: LookedAt[] = []
    for (const place of authorizationServerPlaces(url)) {
      const fetched = await send(get(place))
      looked.push({ url: place, fetched })
      if (!fetched.ok || fetched.status === 200) break
    }
    const document = this.#note('authorization-server', judgeAuthorizationServer(issuer, looked))
    if (document !== undefined && takesCodes(document)) {
      await this.#registration(document, url)
      this.#note('pkce', judgePkce(document))
    }
    return document
  }

  async #registration(document: JsonObject, issuer: URL): Promise<void> {
    const { send, clientId, register } = this.#parts
    const endpoint = register ? textOf(document, 'registration_endpoint') : undefined
    const isAsked = endpoint !== undefined && whyNotAsked(endpoint, issuer) === undefined
    const registered = isAsked ? await send(registrationProbe(endpoint)) : undefined
    this.#note('registration', judgeRegistration(document, { clientId, registered }))
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

function get(url: string, headers: Headers = []) {
  return { method: 'GET', url, headers: [['accept', 'application/json'] as const, ...headers] }
}

function authorization(token: Secret): Headers {
  return [['authorization', `Bearer ${token.reveal()}`]]
}

function answerOf(fetched: Fetched | undefined): Answer | undefined {
  return fetched?.ok === true ? fetched : undefined
}

/** The steps before have said why. */
function isTurnedAway(answered: Fetched): boolean {
  return answered.ok && (answered.status === 401 || answered.status === 403)
}
