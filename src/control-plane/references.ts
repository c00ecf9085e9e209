// Whether what a resource refers to exists and fits: handlers, Configurations, App IDs, secret stores, secrets.
import type { Reference } from '../core/resource.ts'
import { hintWith, suggest } from '../core/suggest.ts'
import { handlerMismatch, scopeMismatch } from '../core/handler-match.ts'
import {
  notSecretStore,
  unknownConfiguration,
  unknownMcpServer,
  unknownSecretStore,
} from '../core/reference-match.ts'
import { commandIn } from './project-table.ts'
import type { KnownResource } from './resource-table.ts'
import { SecretStores, type Problem } from './secret-stores.ts'
import type { World } from './world.ts'

export interface ReferenceProblem extends Problem {
  readonly severity: 'error' | 'warning'
  readonly rule: string
  /** The pointer of the reference in the resource that makes it. */
  readonly pointer: string
  /** The name of the Component the reference leads to, where it leads to one. */
  readonly component?: string
}

type Handler = Extract<Reference, { to: 'handler' }>

/** Finds the references of resources in one world that do not resolve. */
export class ReferenceCheck {
  readonly #world: World
  readonly #stores: SecretStores

  constructor(world: World) {
    this.#world = world
    this.#stores = new SecretStores(world)
  }

  problemsOf(resource: KnownResource): ReferenceProblem[] {
    const problems = resource.references.flatMap((reference) => this.#check(resource, reference))
    return problems.filter(
      (problem, index) =>
        !aboutStore.has(problem.rule) ||
        problems.findIndex((other) => other.message === problem.message) === index,
    )
  }

  #check(owner: KnownResource, reference: Reference): ReferenceProblem[] {
    if (reference.to === 'handler') return this.#handler(owner, reference)
    if (reference.to === 'configuration') return this.#configuration(owner, reference)
    if (reference.to === 'app-id') return this.#appId(reference)
    if (reference.to === 'secret-store') return this.#secretStore(reference)
    if (reference.to === 'mcp-server') return this.#mcpServer(reference)
    return this.#secret(reference)
  }

  #handler(owner: KnownResource, handler: Handler): ReferenceProblem[] {
    if (this.#world.isOpen({ kind: 'Component', name: handler.name })) return []
    const mismatch = handlerMismatch(this.#world, handler)
    if (mismatch !== undefined) {
      return [error(handler.pointer, { ...mismatch, component: handler.name })]
    }
    return this.#world
      .attachedTo(owner.name)
      .flatMap((appId) => this.#scope(handler, appId, owner.name))
  }

  #scope(handler: Handler, appId: string, configuration: string): ReferenceProblem[] {
    const component = this.#world.find('Component', handler.name)
    if (component === undefined) return []
    const mismatch = scopeMismatch({ name: handler.name, configuration }, component.manifest, [
      appId,
    ])
    if (mismatch === undefined) return []
    return [error(handler.pointer, { ...mismatch, component: handler.name })]
  }

  #configuration(
    owner: KnownResource,
    reference: { pointer: string; name: string },
  ): ReferenceProblem[] {
    if (this.#world.isOpen({ kind: 'Configuration', name: reference.name })) return []
    const configuration = this.#world.find('Configuration', reference.name)
    if (configuration === undefined) {
      return [error(reference.pointer, unknownConfiguration(this.#world, reference.name))]
    }
    // A Configuration of the batch reports its own handlers, at their own lines.
    if (owner.kind !== 'AppIdentity' || this.#world.inBatch(configuration)) return []
    return configuration.references
      .filter((inner) => inner.to === 'handler')
      .flatMap((handler) => {
        if (this.#world.isOpen({ kind: 'Component', name: handler.name })) return []
        const mismatch = handlerMismatch(this.#world, handler)
        if (mismatch === undefined) return this.#scope(handler, owner.name, configuration.name)
        const message = `Configuration "${configuration.name}" cannot be attached: ${mismatch.message}`
        return [error(reference.pointer, { ...mismatch, message, component: handler.name })]
      })
      .map((problem) => ({ ...problem, pointer: reference.pointer }))
  }

  #appId(reference: { pointer: string; name: string }): ReferenceProblem[] {
    const { context, project } = this.#world
    if (this.#world.find('AppIdentity', reference.name) !== undefined) return []
    if (this.#world.isOpen({ kind: 'AppIdentity', name: reference.name })) return []
    const known = this.#world.names('AppIdentity')
    return [
      error(reference.pointer, {
        rule: 'unknown-app-id',
        message: `There is no App ID "${reference.name}" in project "${project.name}".`,
        hint: hintWith(
          suggest(reference.name, known),
          commandIn(context, project, `mcpauth appid create ${reference.name}`),
        ),
      }),
    ]
  }

  #mcpServer(reference: { pointer: string; name: string }): ReferenceProblem[] {
    const { name, pointer } = reference
    if (this.#world.isOpen({ kind: 'MCPServer', name })) return []
    if (this.#world.find('MCPServer', name) !== undefined) return []
    return [error(pointer, unknownMcpServer(this.#world, name))]
  }

  #secretStore(reference: { pointer: string; name: string }): ReferenceProblem[] {
    if (this.#world.isOpen({ kind: 'Component', name: reference.name })) return []
    const component = this.#world.find('Component', reference.name)
    const mismatch =
      component === undefined
        ? unknownSecretStore(this.#world, reference.name)
        : notSecretStore(component)
    if (mismatch === undefined) return []
    return [error(reference.pointer, { ...mismatch, component: reference.name })]
  }

  #secret(reference: Extract<Reference, { to: 'secret' }>): ReferenceProblem[] {
    const { store, pointer } = reference
    if (store !== undefined && this.#world.isOpen({ kind: 'Component', name: store })) return []
    if (store === undefined && this.#world.expectsSecret(reference)) return []
    const answer = this.#stores.lookUp(reference)
    const component = store === undefined ? {} : { component: store }
    if ('unread' in answer) {
      return [{ ...answer.unread, severity: 'warning', rule: 'unread-secret-store', pointer }]
    }
    if (answer.problem === undefined) return []
    return [error(pointer, { ...answer.problem, rule: answer.rule, ...component })]
  }
}

/** True of a store, whichever reference met it: said once a resource. */
const aboutStore: ReadonlySet<string> = new Set(['unknown-secret-store', 'not-a-secret-store'])

function error(
  pointer: string,
  problem: Problem & { readonly rule: string; readonly component?: string },
): ReferenceProblem {
  return { ...problem, severity: 'error', pointer }
}
