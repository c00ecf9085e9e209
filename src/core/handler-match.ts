// Whether the Component that a pipeline handler names is the one it means.
import { componentType, componentVersion, normalVersion } from './component.ts'
import type { JsonObject } from './json.ts'
import { hintWith, suggest } from './suggest.ts'

/** Where the Components are looked for. */
export interface ComponentPlace {
  /** Completes "does not exist in …". */
  readonly label: string
  find(kind: 'Component', name: string): { readonly manifest: JsonObject } | undefined
  names(kind: 'Component'): Iterable<string>
}

export interface HandlerMismatch {
  readonly rule: 'unknown-component' | 'handler-type-mismatch' | 'handler-version-mismatch'
  readonly message: string
  readonly hint: string
}

/** Why the Component a handler names is not the one it means; scopes aside. */
export function handlerMismatch(
  place: ComponentPlace,
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
        `Apply a Component "${name}" of type ${type}.`,
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
