// The TLS settings of an HTTPEndpoint with its documents read, or why it cannot be called.
import {
  keyPairProblem,
  tlsDocumentProblem,
  tlsDocuments,
  type TlsDocumentName,
} from '../core/client-tls.ts'
import { isJsonObject } from '../core/json.ts'
import { textAt, valueAt } from '../core/pointer.ts'
import type { RuleProblem } from '../core/rule-problem.ts'
import { Secret } from '../core/secret.ts'
import type { ClientTlsSpec, SnapshotProblem } from '../core/snapshot.ts'
import { originOf, resolveItem } from './metadata-values.ts'
import { placeAt } from './places.ts'
import type { KnownResource } from './resource-table.ts'
import type { SecretStores } from './secret-stores.ts'
import type { World } from './world.ts'

interface Read {
  readonly tls?: ClientTlsSpec
  readonly problem?: SnapshotProblem
}

/** Neither when the endpoint has no such settings. */
export function clientTlsSpec(world: World, stores: SecretStores, endpoint: KnownResource): Read {
  const found = new Map<TlsDocumentName, string>()
  for (const name of tlsDocuments) {
    const pointer = `/spec/clientTLS/${name}`
    const item = valueAt(endpoint.manifest, pointer)
    if (!isJsonObject(item)) continue
    const store = textAt(endpoint.manifest, '/auth/secretStore')
    const named = { name, item, pointer }
    const answer = resolveItem({ world, stores, resource: endpoint, store }, named)
    const place = placeAt(endpoint, originOf(named))
    if ('message' in answer) return { problem: { ...answer, place } }
    const pem = answer.value instanceof Secret ? answer.value.reveal() : answer.value
    const broken = tlsDocumentProblem(name, pem)
    if (broken !== undefined) return unusable(endpoint, name, broken, place)
    found.set(name, pem)
  }
  if (found.size === 0) return {}
  return joined(endpoint, found, world.context.vault.digest(JSON.stringify([...found])))
}

function joined(
  endpoint: KnownResource,
  found: ReadonlyMap<TlsDocumentName, string>,
  digest: string,
): Read {
  const [rootCA, certificate, privateKey] = tlsDocuments.map((name) => found.get(name))
  const trusted = rootCA === undefined ? { digest } : { rootCA, digest }
  if (certificate === undefined && privateKey === undefined) return { tls: trusted }
  if (certificate === undefined || privateKey === undefined) {
    const broken = { problem: 'stands alone', hint: 'Give both certificate and privateKey.' }
    const alone = certificate === undefined ? 'privateKey' : 'certificate'
    return unusable(endpoint, alone, broken, placeAt(endpoint, `/spec/clientTLS/${alone}`))
  }
  const mismatch = keyPairProblem(certificate, privateKey)
  if (mismatch !== undefined) {
    const place = placeAt(endpoint, '/spec/clientTLS/privateKey')
    return unusable(endpoint, 'privateKey', mismatch, place)
  }
  return { tls: { ...trusted, identity: { certificate, privateKey: new Secret(privateKey) } } }
}

function unusable(
  endpoint: KnownResource,
  name: TlsDocumentName,
  { problem, hint }: RuleProblem,
  place: string,
): Read {
  const message = `The ${name} of HTTPEndpoint "${endpoint.name}" ${problem}.`
  return { problem: { message, hint, place } }
}
