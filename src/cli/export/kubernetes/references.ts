// Where a Component or an HTTPEndpoint gets its values from, as Dapr on Kubernetes finds it.
import { isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import { listAt, parentPointer, textAt, valueAt, withValues } from '../../../core/pointer.ts'
import type { PortableResource } from '../../../control-plane/resources.ts'
import { withReference } from '../inline-secrets.ts'
import type { Notes, SecretList } from './notes.ts'

export interface Scene {
  readonly notes: Notes
  readonly secrets: SecretList
}

/** The name under which Dapr knows the Secrets of the cluster. */
const kubernetesStore = 'kubernetes'

/** Where a manifest gets values from. */
export interface Sources {
  /** Lists of `{name, value | secretKeyRef | envRef}` items. */
  readonly lists: readonly string[]
  /** Further objects with a secretKeyRef. */
  readonly sources: readonly string[]
  /** What holds `auth.secretStore`: the empty pointer is the manifest itself. Undefined: nothing, so that no store can be named. */
  readonly holder: string | undefined
}

const tlsDocuments = ['rootCA', 'certificate', 'privateKey'].map(
  (name) => `/spec/clientTLS/${name}`,
)

const usual: Sources = {
  lists: ['/spec/metadata', '/spec/headers'],
  sources: tlsDocuments,
  holder: '',
}

/**
 * The manifest with secrets of the built-in store as Kubernetes Secrets, and literal secrets too: no value leaves. What
 * cannot refer to one is left empty, with a warning.
 */
export function withKubernetesSecrets(
  { manifest: stored, inlineSecrets }: PortableResource,
  { notes, secrets }: Scene,
  from: Sources = usual,
): JsonObject {
  let manifest = withoutInlineSecrets({ manifest: stored, inlineSecrets }, notes)
  for (const { pointer, substitute } of inlineSecrets) {
    if (substitute !== undefined) manifest = withReference(manifest, pointer, substitute)
  }
  const { holder } = from
  const isBuiltIn = textAt(manifest, `${holder ?? ''}/auth/secretStore`) === undefined
  const replacements = new Map<string, Json>()
  for (const pointer of sourcesIn(manifest, from)) {
    noteVariable(valueAt(manifest, pointer), notes)
    const name = textAt(manifest, `${pointer}/secretKeyRef/name`)
    if (name === undefined || !isBuiltIn) continue
    const key = textAt(manifest, `${pointer}/secretKeyRef/key`) ?? name
    replacements.set(`${pointer}/secretKeyRef`, secrets.need(name, key))
  }
  if (replacements.size === 0) return manifest
  return withStore(withValues(manifest, replacements), holder)
}

function withStore(manifest: JsonObject, holder: string | undefined): JsonObject {
  if (holder === undefined) return manifest
  const owner = valueAt(manifest, holder)
  if (!isJsonObject(owner)) return manifest
  const auth = isJsonObject(owner['auth']) ? owner['auth'] : {}
  const changed = { ...owner, auth: { ...auth, secretStore: kubernetesStore } }
  return holder === '' ? changed : withValues(manifest, new Map([[holder, changed]]))
}

/** The manifest without the literal secrets that no Kubernetes Secret can stand for, each with a warning. */
export function withoutInlineSecrets(
  { manifest: stored, inlineSecrets }: Pick<PortableResource, 'manifest' | 'inlineSecrets'>,
  notes: Notes,
): JsonObject {
  let manifest = stored
  for (const { pointer, field, substitute } of inlineSecrets) {
    if (substitute !== undefined) continue
    manifest = withoutValue(manifest, pointer)
    notes.warn(`The secret at ${field} is left out: fill it in.`)
  }
  return manifest
}

/** The member at `pointer` taken out. */
function withoutValue(manifest: JsonObject, pointer: string): JsonObject {
  const parent = parentPointer(pointer)
  const owner = valueAt(manifest, parent)
  if (!isJsonObject(owner)) return manifest
  const name = pointer.slice(parent.length + 1)
  const rest = Object.fromEntries(Object.entries(owner).filter(([key]) => key !== name))
  return withValues(manifest, new Map([[parent, rest]]))
}

function sourcesIn(manifest: JsonObject, { lists, sources }: Sources): string[] {
  const items = lists.flatMap((list) =>
    [...listAt(manifest, list).keys()].map((index) => `${list}/${index}`),
  )
  return [...items, ...sources]
}

function noteVariable(item: Json | undefined, notes: Notes): void {
  const variable = item === undefined ? undefined : textAt(item, '/envRef')
  if (variable === undefined) return
  notes.warn(
    `The environment variable ${variable} has to be set for the sidecar, with the pod annotation dapr.io/env.`,
  )
}
