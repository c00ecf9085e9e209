// The project as it would be after a batch: the batch laid over what is stored.
import { resourceId, type Resource, type UnreadableResource } from '../core/resource.ts'
import type { ProjectRow, StoreContext } from './context.ts'
import { findResource, listResources, resourceNames, type KnownResource } from './resource-table.ts'
import { referrersOf, type ResourceKey } from './targets.ts'

export interface Batch {
  readonly resources: readonly Resource[]
  /** Documents beside them that could not be used. */
  readonly unreadable: readonly UnreadableResource[]
  /** `name/key` of secrets of the built-in store that will be there by then. */
  readonly expectedSecrets?: ReadonlySet<string>
}

/** Read-only; everything stored is read once, when first asked for. */
export class World {
  readonly context: StoreContext
  readonly project: ProjectRow
  readonly #batch: ReadonlyMap<string, Resource>
  readonly #unreadable: readonly UnreadableResource[]
  readonly #expectedSecrets: ReadonlySet<string>
  readonly #stored = new Map<string, KnownResource | undefined>()
  readonly #attachments = new Map<string, Resource[]>()

  constructor(context: StoreContext, project: ProjectRow, batch: Partial<Batch> = {}) {
    const { resources = [], unreadable = [], expectedSecrets = new Set() } = batch
    this.context = context
    this.project = project
    this.#unreadable = unreadable
    this.#expectedSecrets = expectedSecrets
    this.#batch = new Map(resources.map((resource) => [resourceId(resource), resource]))
    for (const resource of this.#batch.values()) {
      const configuration = attachedConfiguration(resource)
      if (configuration === undefined) continue
      const attached = this.#attachments.get(configuration) ?? []
      this.#attachments.set(configuration, [...attached, resource])
    }
  }

  /** How sentences name it. */
  get label(): string {
    return `project "${this.project.name}"`
  }

  remedy(what: string): string {
    return `Apply ${what}`
  }

  expectsSecret({ name, key }: { readonly name: string; readonly key: string }): boolean {
    return this.#expectedSecrets.has(`${name}/${key}`)
  }

  inBatch(key: ResourceKey): boolean {
    return this.#batch.has(resourceId(key))
  }

  find(kind: string, name: string): KnownResource | undefined {
    const id = resourceId({ kind, name })
    const changed = this.#batch.get(id)
    if (changed !== undefined) return changed
    if (!this.#stored.has(id)) {
      this.#stored.set(id, findResource(this.context, this.project, { kind, name }))
    }
    return this.#stored.get(id)
  }

  /**
   * Whether an unreadable document of the batch is, or where nothing else is may be, the one of this name: then nothing
   * can be said about it.
   */
  isOpen({ kind, name }: ResourceKey): boolean {
    return this.#unreadable.some(
      (open) =>
        (open.kind ?? kind) === kind &&
        (open.name === undefined ? this.find(kind, name) === undefined : open.name === name),
    )
  }

  /** The names of all resources of a kind, for suggestions. */
  names(kind: string): string[] {
    const batch = [...this.#batch.values()].filter((resource) => resource.kind === kind)
    const stored = resourceNames(this.context, this.project, kind)
    return [...new Set([...batch.map((resource) => resource.name), ...stored])]
  }

  all(kind: string): KnownResource[] {
    const stored = listResources(this.context, this.project, kind)
    const batch = [...this.#batch.values()].filter((resource) => resource.kind === kind)
    return [...batch, ...stored.filter((resource) => !this.inBatch(resource))]
  }

  /** The names of the App IDs that a Configuration is attached to. */
  attachedTo(configuration: string): string[] {
    const batch = this.#attachments.get(configuration) ?? []
    const stored = this.storedReferrers({ kind: 'Configuration', name: configuration })
    return [...batch, ...stored.filter((resource) => resource.kind === 'AppIdentity')].map(
      (resource) => resource.name,
    )
  }

  /** Stored resources outside the batch that refer to `target`. */
  storedReferrers(target: ResourceKey): KnownResource[] {
    return referrersOf(this.context, this.project, target)
      .filter((key) => !this.inBatch(key) && !this.isOpen(key))
      .map((key) => this.find(key.kind, key.name))
      .filter((resource) => resource !== undefined)
  }
}

function attachedConfiguration(resource: Resource): string | undefined {
  if (resource.kind !== 'AppIdentity') return undefined
  return resource.references.find((reference) => reference.to === 'configuration')?.name
}
