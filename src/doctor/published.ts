// What a server and its authorization server publish for those who have no token: asked for in a client's order, and judged.
import type { JsonObject } from '../core/json.ts'
import { textOf } from './json-answer.ts'
import { authorizationServerPlaces, resourceMetadataPlaces, whyNotAsked } from './places.ts'
import { initialize, rpcProbe, type Headers } from './rpc.ts'
import type { Answer, Fetched, Send } from './send.ts'
import {
  judgeAuthorizationServer,
  takesCodes,
  type LookedAt,
} from './steps/authorization-server.ts'
import { judgeBrowsers, pageOrigin, preflightProbe } from './steps/browsers.ts'
import type { Challenged } from './steps/challenge.ts'
import { judgePkce } from './steps/pkce.ts'
import { judgeRegistration, registrationProbe } from './steps/registration.ts'
import {
  judgeResourceMetadata,
  type Looked,
  type ResourceFacts,
} from './steps/resource-metadata.ts'
import type { Note } from './talk.ts'

export interface Asking {
  readonly server: URL
  /** Without its query. */
  readonly named: URL
  readonly clientId: string | undefined
  readonly register: boolean
  readonly send: Send
  readonly note: Note
}

/** Notes the steps `resource-metadata` and `browsers`. */
export async function resourceOf(
  asking: Asking,
  challenged: Challenged,
): Promise<ResourceFacts | undefined> {
  const { server, named, send, note } = asking
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
  const facts = note('resource-metadata', judgeResourceMetadata(named, looked))
  await browsers(asking, looked)
  return facts
}

async function browsers({ server, send, note }: Asking, looked: readonly Looked[]): Promise<void> {
  const [preflight, refused] = await Promise.all([
    send(preflightProbe(server.href)),
    send(rpcProbe(server.href, initialize, [['origin', pageOrigin]])),
  ])
  const found = looked.find(({ fetched }) => fetched.ok && fetched.status === 200)
  const again =
    found === undefined ? undefined : await send(get(found.url, [['origin', pageOrigin]]))
  const answers = { preflight, challenge: answerOf(refused), metadata: answerOf(again) }
  note('browsers', judgeBrowsers(answers))
}

/** Notes the steps `authorization-server`, `registration` and `pkce`; resolves with the metadata. */
export async function authorizationServerOf(
  asking: Asking,
  facts: ResourceFacts,
): Promise<JsonObject | undefined> {
  const { server, send, note } = asking
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
  const document = note('authorization-server', judgeAuthorizationServer(issuer, looked))
  if (document !== undefined && takesCodes(document)) {
    await registration(asking, document, url)
    note('pkce', judgePkce(document))
  }
  return document
}

async function registration(asking: Asking, document: JsonObject, issuer: URL): Promise<void> {
  const { send, note, clientId, register } = asking
  const endpoint = register ? textOf(document, 'registration_endpoint') : undefined
  const isAsked = endpoint !== undefined && whyNotAsked(endpoint, issuer) === undefined
  const registered = isAsked ? await send(registrationProbe(endpoint)) : undefined
  note('registration', judgeRegistration(document, { clientId, registered }))
}

function get(url: string, headers: Headers = []) {
  return { method: 'GET', url, headers: [['accept', 'application/json'] as const, ...headers] }
}

function answerOf(fetched: Fetched | undefined): Answer | undefined {
  return fetched?.ok === true ? fetched : undefined
}
