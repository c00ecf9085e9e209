// The resources a lint rule looks at: those that were read, and behind them those that are stored.
import { isDeepStrictEqual } from 'node:util'

import type { JsonObject } from '../../core/json.ts'
import type { UnreadableResource } from '../../core/resource.ts'
import { textAt } from '../../core/pointer.ts'
import type { ReadResource } from '../read.ts'
import type { Target } from './rule.ts'

export type LintedResource = ReadResource

/** A resource as far as rules look at others. */
export interface KnownResource {
  readonly kind: string
  readonly name: string
  readonly manifest: JsonObject
}

export interface StoredResources {
  readonly project: string
  readonly resources: readonly KnownResource[]
}

interface LintSetOptions {
  readonly linted: readonly LintedResource[]
  /** Documents that could not be read and may define anything. */
  readonly unreadable: readonly UnreadableResource[]
  readonly stored: StoredResources | undefined
  readonly target: Target
}

export class LintSet {
  readonly target: Target
  /** The project behind the linted resources, if one is looked at. */
  readonly project: string | undefined
  /** How sentences name the set; completes "does not exist in …". */
  readonly label: string
  /** Whether it is known which App IDs there are: some are linted, or a project is looked at. */
  readonly knowsAppIds: boolean
  readonly #linted: readonly LintedResource[]
  readonly #unreadable: readonly UnreadableResource[]
  /** Kind → name → what is so called: several things where folders that are linted together do not belong together. */
  readonly #byKind = new Map<string, Map<string, KnownResource[]>>()

  constructor({ linted, unreadable, stored, target }: LintSetOptions) {
    this.target = target
    this.project = stored?.project
    this.label =
      stored === undefined ? 'these manifests' : `these manifests or project "${stored.project}"`
    this.#linted = linted
    this.#unreadable = unreadable
    for (const { resource } of linted) this.#called(resource).push(resource)
    for (const resource of stored?.resources ?? []) {
      const called = this.#called(resource)
      if (called.length === 0) called.push(resource)
    }
    this.knowsAppIds = stored !== undefined || this.#byKind.has('AppIdentity')
  }

  remedy(what: string): string {
    return this.project === undefined
      ? `Lint it together with ${what}, or name the project with --project`
      : `Apply ${what}`
  }

  /** The linted resources, all or those of a kind, in the order in which they were read. */
  linted(kind?: string): LintedResource[] {
    return this.#linted.filter(({ resource }) => kind === undefined || resource.kind === kind)
  }

  /** Of several of one name the first; then `isOpen` is true unless they are equal. */
  find(kind: string, name: string): KnownResource | undefined {
    return this.#byKind.get(kind)?.get(name)?.[0]
  }

  /** Linted and stored ones. */
  all(kind: string): KnownResource[] {
    return [...(this.#byKind.get(kind)?.values() ?? [])].flat()
  }

  names(kind: string): string[] {
    return [...(this.#byKind.get(kind)?.keys() ?? [])]
  }

  /**
   * Whether nothing can be said about the one of this name: a document that could not be read is it, or may be it, or
   * several differ.
   */
  isOpen(kind: string, name: string): boolean {
    const [first, ...others] = this.#byKind.get(kind)?.get(name) ?? []
    return (
      this.#unreadable.some(
        (open) =>
          (open.kind ?? kind) === kind &&
          (open.name === undefined ? first === undefined : open.name === name),
      ) || others.some(({ manifest }) => !isDeepStrictEqual(manifest, first?.manifest))
    )
  }

  /** Whether a document that could not be read may be one more of this kind: then nothing is known of all of them. */
  mayLack(kind: string): boolean {
    return this.#unreadable.some((open) => (open.kind ?? kind) === kind)
  }

  /** The names of the App IDs that certainly run with a Configuration. */
  appIdsWith(configuration: string): string[] {
    return this.names('AppIdentity').filter((name) => {
      const manifest = this.find('AppIdentity', name)?.manifest ?? {}
      const runs = textAt(manifest, '/spec/appConfig') === configuration
      return runs && !this.isOpen('AppIdentity', name)
    })
  }

  #called({ kind, name }: KnownResource): KnownResource[] {
    const known = this.#byKind.get(kind) ?? new Map<string, KnownResource[]>()
    const called = known.get(name) ?? []
    this.#byKind.set(kind, known.set(name, called))
    return called
  }
}
