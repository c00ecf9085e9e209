// Whether the Component that a pipeline handler names is the one it means.
import { componentType, componentVersion, inScope, normalVersion } from './component.ts'
import type { JsonObject } from './json.ts'
import type { ReferenceMismatch, ResourcePlace } from './reference-match.ts'
import { hintWith, suggest } from './suggest.ts'

export type HandlerMismatch = ReferenceMismatch<
  'unknown-component' | 'handler-type-mismatch' | 'handler-version-mismatch'
>

/** Why the Component a handler names is not the one it means; scopes aside. */
export function handlerMismatch(
  place: ResourcePlace,
  handler: { readonly name: string; readonly type: string; readonly version?: string | undefined },
): HandlerMismatch | undefined {
  const { name, type } = handler
  const component = place.find('Component', name)
  if (component === undefined) {
    return {
      rule: 'unknown-component',
      message: `Handler "${name}" names a Component that does not exist in ${place.label}.`,
      hint: hintWith(
        suggest(name, place.names('Component')),
        `${place.remedy(`a Component "${name}" of type ${type}`)}.`,
      ),
    }
  }
  const actualType = componentType(component.manifest)
  if (actualType !== type) {
    return {
      rule: 'handler-type-mismatch',
      message: `Handler "${name}" asks for type ${type}, but Component "${name}" has type ${actualType}.`,
      hint: `Write type: ${actualType}, or name another Component.`,
    }
  }
  const actualVersion = componentVersion(component.manifest)
  if (actualVersion === normalVersion(handler.version)) return undefined
  return {
    rule: 'handler-version-mismatch',
    message: `Handler "${name}" asks for version ${normalVersion(handler.version)}, but Component "${name}" has version ${actualVersion}.`,
    hint: `Write version: ${actualVersion} in the handler.`,
  }
}

/** Why the Component of a handler is not there for some of the App IDs that run its Configuration. */
export function scopeMismatch(
  handler: { readonly name: string; readonly configuration: string },
  component: JsonObject,
  appIds: readonly string[],
): ReferenceMismatch<'handler-out-of-scope'> | undefined {
  const outside = appIds.filter((appId) => !inScope(component, appId)).map((appId) => `"${appId}"`)
  if (outside.length === 0) return undefined
  const { name, configuration } = handler
  const label = outside.length === 1 ? 'App ID' : 'App IDs'
  return {
    rule: 'handler-out-of-scope',
    message: `Handler "${name}" of Configuration "${configuration}" is not in scope for ${label} ${outside.join(', ')}.`,
    hint: `Add ${outside.join(', ')} to the scopes of Component "${name}".`,
  }
}
