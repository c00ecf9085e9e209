// Looks secrets up where a reference says: the built-in store, environment variables, or a JSON file.
import { variableProblem } from '../core/environment-variables.ts'
import {
  fileSecretName,
  localFileStore,
  missingFileSecret,
  nestedSeparator,
  storeSetting,
} from '../core/file-secrets.ts'
import { Secret } from '../core/secret.ts'
import { hintWith, suggest } from '../core/suggest.ts'
import { componentType, inScope } from '../core/component.ts'
import {
  notSecretStore,
  unknownSecretStore,
  type ReferenceMismatch,
} from '../core/reference-match.ts'
import { commandIn } from './project-table.ts'
import type { KnownResource } from './resource-table.ts'
import { flattenSecrets, readSecretsFile, type SecretTree } from './secrets-file.ts'
import type { World } from './world.ts'

export interface Problem {
  readonly message: string
  readonly hint?: string
}

export interface SecretReference {
  /** The secret store component; undefined is the built-in store. */
  readonly store: string | undefined
  readonly name: string
  readonly key: string
}

export type SecretAnswer =
  | { readonly value: Secret; readonly problem?: undefined }
  | { readonly problem: Problem; readonly rule: string }
  /** A kind of store that only Dapr reads. */
  | { readonly unread: Problem; readonly problem?: undefined }

/** Answers for one world, and for one App ID if given: a store out of its scope is not read. Files are read once. */
export class SecretStores {
  readonly #world: World
  readonly #appId: string | undefined
  readonly #files = new Map<string, SecretTree | Problem>()
  /** Environment variables that values came from. */
  readonly readVariables = new Set<string>()

  constructor(world: World, appId?: string) {
    this.#world = world
    this.#appId = appId
  }

  /** Never throws for a secret that cannot be had. */
  lookUp(reference: SecretReference): SecretAnswer {
    if (reference.store === undefined) return this.#builtIn(reference)
    const component = this.#world.find('Component', reference.store)
    if (component === undefined) return unusable(unknownSecretStore(this.#world, reference.store))
    const mismatch = notSecretStore(component)
    if (mismatch !== undefined) return unusable(mismatch)
    if (this.#appId !== undefined && !inScope(component.manifest, this.#appId)) {
      return missing(
        `The secret store "${component.name}" is not in scope for App ID "${this.#appId}".`,
        `Add "${this.#appId}" to its scopes.`,
      )
    }
    switch (componentType(component.manifest)) {
      case 'secretstores.local.env':
        return this.#fromEnvironment(component, reference)
      case localFileStore:
        return this.#fromFile(component, reference)
      default:
        return unreadStore(component)
    }
  }

  #builtIn(reference: SecretReference): SecretAnswer {
    const { context, project } = this.#world
    const { database } = context
    const row = database.get<{ box: Buffer }>(
      'SELECT box FROM secrets WHERE project_id = ? AND name = ? AND key = ?',
      project.id,
      reference.name,
      reference.key,
    )
    if (row !== undefined) {
      const identity = ['secrets', project.name, reference.name, reference.key] as const
      return { value: context.vault.unseal(identity, row.box) }
    }
    const known = database
      .all<{ label: string }>(
        `SELECT name || '/' || key AS label FROM secrets WHERE project_id = ?`,
        project.id,
      )
      .map((secret) => secret.label)
    const label = `${reference.name}/${reference.key}`
    const command = `mcpauth secret set ${reference.name} ${reference.key}`
    return missing(
      `The secret "${label}" is not in the built-in store of project "${project.name}".`,
      hintWith(suggest(label, known), commandIn(context, project, command)),
    )
  }

  #fromEnvironment(component: KnownResource, reference: SecretReference): SecretAnswer {
    const label = `The secret "${reference.name}" of secret store "${component.name}"`
    if (reference.key !== reference.name) {
      return missing(
        `${label} has no key "${reference.key}".`,
        'Leave secretKeyRef.key out, or give it the same name as the variable.',
      )
    }
    const variable = `${storeSetting(component.manifest, 'prefix') ?? ''}${reference.name}`
    const refused = variableProblem(variable)
    if (refused !== undefined) {
      return missing(
        `${label} is the environment variable ${variable}, which ${refused.problem}.`,
        refused.hint,
      )
    }
    const value = this.#world.context.env[variable]
    if (value === undefined || value === '') {
      return missing(
        `${label} needs the environment variable ${variable}, which is not set.`,
        `Set ${variable} and try again.`,
      )
    }
    this.readVariables.add(variable)
    return { value: new Secret(value) }
  }

  #fromFile(component: KnownResource, reference: SecretReference): SecretAnswer {
    const { manifest } = component
    const path = storeSetting(manifest, 'secretsFile')
    if (path === undefined) {
      return missing(`The secret store "${component.name}" names no secretsFile.`, 'Add it.')
    }
    const content = this.#file(path)
    if ('message' in content) return { problem: content, rule: 'secrets-file-unreadable' }
    const flat = flattenSecrets(content.root, nestedSeparator(manifest))
    const mismatch = missingFileSecret(component, flat, reference)
    if (mismatch !== undefined) return unusable(mismatch)
    return { value: new Secret(flat.get(fileSecretName(manifest, reference) ?? '') ?? '') }
  }

  #file(path: string): SecretTree | Problem {
    let content = this.#files.get(path)
    if (content === undefined) {
      content = readSecretsFile(path, this.#world.context.cwd)
      this.#files.set(path, content)
    }
    return content
  }
}

function unreadStore({ name, manifest }: KnownResource): SecretAnswer {
  return {
    unread: {
      message: `The secret store "${name}" has type ${componentType(manifest)}, which is not read here.`,
      hint: 'Use secretstores.local.env, secretstores.local.file, or the built-in store.',
    },
  }
}

function unusable({ rule, ...problem }: ReferenceMismatch): SecretAnswer {
  return { rule, problem }
}

function missing(message: string, hint: string): SecretAnswer {
  return { rule: 'missing-secret', problem: { message, hint } }
}
