// Resolving `{name, value | secretKeyRef | envRef}` items to what they mean now.
import { variableProblem } from '../core/environment-variables.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { McpAuthError } from '../core/errors.ts'
import { namedItems, type NamedItem } from '../core/component.ts'
import { textAt, valueAt } from '../core/pointer.ts'
import { sealedValue, type KnownResource } from './resource-table.ts'
import type { Problem, SecretStores } from './secret-stores.ts'
import type { World } from './world.ts'

export interface NamedValue {
  readonly name: string
  /** A Secret when it is sensitive, or came from a secret or the environment. */
  readonly value: string | Secret
  /** RFC 6901 pointer of what it comes from. */
  readonly pointer: string
}

export type ResolvedItems =
  | { readonly values: readonly NamedValue[]; readonly problem?: undefined }
  | {
      readonly problem: Problem
      /** RFC 6901 pointer of what the item gets its value from. */
      readonly pointer: string
    }

/** Resolves the list at `pointer` of a stored resource; one item that cannot be resolved fails them all. */
export function resolveItems(
  world: World,
  stores: SecretStores,
  {
    resource,
    pointer,
    store = textAt(resource.manifest, '/auth/secretStore'),
  }: {
    readonly resource: KnownResource
    readonly pointer: string
    /** The secret store of the items, where it does not stand at `auth.secretStore`. */
    readonly store?: string | undefined
  },
): ResolvedItems {
  const values: NamedValue[] = []
  for (const named of namedItems(resource.manifest, pointer)) {
    const answer = resolveItem({ world, stores, resource, store }, named)
    const origin = originOf(named)
    if ('message' in answer) return { problem: answer, pointer: origin }
    values.push({ name: named.name, value: answer.value, pointer: origin })
  }
  return { values }
}

/** Where the name of the secret or variable stands, or the value. */
export function originOf({ item, pointer }: NamedItem): string {
  if (valueAt(item, '/secretKeyRef') !== undefined) return `${pointer}/secretKeyRef/name`
  return `${pointer}/${valueAt(item, '/envRef') === undefined ? 'value' : 'envRef'}`
}

interface Scene {
  readonly world: World
  readonly stores: SecretStores
  readonly resource: KnownResource
  /** Undefined is the built-in store. */
  readonly store: string | undefined
}

type Answer = { readonly value: string | Secret } | Problem

/** What one item means now, or why nothing. */
export function resolveItem(scene: Scene, { name, item, pointer }: NamedItem): Answer {
  const { world, resource } = scene
  try {
    if (valueAt(item, '/secretKeyRef') !== undefined) return fromSecret(scene, item)
    if (valueAt(item, '/envRef') !== undefined) {
      return fromVariable(scene, name, textAt(item, '/envRef') ?? '')
    }
    const value = valueAt(item, '/value')
    if (value !== null) return { value: asText(value ?? '') }
    const key = { kind: resource.kind, name: resource.name, pointer: `${pointer}/value` }
    const sealed = sealedValue(world.context, world.project, key)
    return { value: sealed ?? '' }
  } catch (error) {
    if (!(error instanceof McpAuthError)) throw error
    return { message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) }
  }
}

function fromSecret({ store, stores }: Scene, item: Json): Answer {
  const name = textAt(item, '/secretKeyRef/name') ?? ''
  const key = textAt(item, '/secretKeyRef/key') ?? name
  const answer = stores.lookUp({ store, name, key })
  if ('unread' in answer) return answer.unread
  return answer.problem ?? { value: answer.value }
}

function fromVariable({ world, stores }: Scene, name: string, variable: string): Answer {
  const refused = variableProblem(variable)
  if (refused !== undefined) {
    const message = `Field "${name}" must not read the environment variable ${variable}: it ${refused.problem}.`
    return { message, hint: refused.hint }
  }
  const value = world.context.env[variable]
  if (value !== undefined && value !== '') {
    stores.readVariables.add(variable)
    return { value: new Secret(value) }
  }
  return {
    message: `Field "${name}" needs the environment variable ${variable}, which is not set.`,
    hint: `Set ${variable} and start again.`,
  }
}

/** Dapr gives scalars and structures to components as their JSON text (pkg/apis/common DynamicValue). */
function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Changes whenever the manifest or one of the values does. */
export function digestOfValues(
  { context }: World,
  manifest: JsonObject,
  values: readonly NamedValue[],
): string {
  const revealed = values.map(({ name, value }) => [
    name,
    typeof value === 'string' ? value : value.reveal(),
  ])
  return context.vault.digest(JSON.stringify([manifest, revealed]))
}
