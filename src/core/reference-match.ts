// What is wrong with the name of a Configuration or of a secret store.
import { componentType } from './component.ts'
import type { JsonObject } from './json.ts'
import { hintWith, suggest } from './suggest.ts'

/** Where resources are looked for. */
export interface ResourcePlace {
  /** Completes "does not exist in …". */
  readonly label: string
  find(kind: string, name: string): { readonly manifest: JsonObject } | undefined
  names(kind: string): Iterable<string>
  /** What to do so that `what`, such as `a Component "x"`, is there: one imperative without a full stop. */
  remedy(what: string): string
}

export interface ReferenceMismatch<Rule extends string = string> {
  readonly rule: Rule
  readonly message: string
  readonly hint: string
}

/** What is said of a name that no Configuration has. */
export function unknownConfiguration(
  place: ResourcePlace,
  name: string,
): ReferenceMismatch<'unknown-configuration'> {
  return {
    rule: 'unknown-configuration',
    message: `There is no Configuration "${name}" in ${place.label}.`,
    hint: hintWith(
      suggest(name, place.names('Configuration')),
      `${place.remedy(`the Configuration "${name}"`)}.`,
    ),
  }
}

/** What is said of an access policy whose MCP server does not exist. */
export function unknownMcpServer(
  place: ResourcePlace,
  name: string,
): ReferenceMismatch<'unknown-mcp-server'> {
  return {
    rule: 'unknown-mcp-server',
    message: `There is no MCPServer "${name}" in ${place.label}: the policy would be for nothing.`,
    hint: hintWith(
      suggest(name, place.names('MCPServer')),
      `Name the policy after its server, or apply the MCPServer "${name}" together with it.`,
    ),
  }
}

/** What is said of a secret store that is no Component. */
export function unknownSecretStore(
  place: ResourcePlace,
  name: string,
): ReferenceMismatch<'unknown-secret-store'> {
  return {
    rule: 'unknown-secret-store',
    message: `There is no secret store "${name}" in ${place.label}.`,
    hint: hintWith(
      suggest(name, place.names('Component')),
      `${place.remedy(`a Component "${name}" of a secretstores type`)}, or leave auth.secretStore out.`,
    ),
  }
}

/** Why a Component cannot be used as a secret store; undefined when it is one. */
export function notSecretStore(component: {
  readonly name: string
  readonly manifest: JsonObject
}): ReferenceMismatch<'not-a-secret-store'> | undefined {
  const type = componentType(component.manifest)
  if (type.startsWith('secretstores.')) return undefined
  return {
    rule: 'not-a-secret-store',
    message: `The Component "${component.name}" has type ${type} and is no secret store.`,
    hint: 'Name a Component of a secretstores type.',
  }
}
