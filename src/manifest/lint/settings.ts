// The settings of Components, as far as rules ask about them.
import { componentType, namedItems, type NamedItem } from '../../core/component.ts'
import type { JsonObject } from '../../core/json.ts'
import { textAt } from '../../core/pointer.ts'
import { tokenSetters } from './handlers.ts'
import type { LintedResource, LintSet } from './lint-set.ts'

export interface LiteralSetting {
  readonly name: string
  /** Without the white space around it, which does not count. */
  readonly text: string
  /** RFC 6901 pointer of the value. */
  readonly pointer: string
}

/** Every setting, whatever its value comes from. */
export function settingsOf(manifest: JsonObject): NamedItem[] {
  return namedItems(manifest, '/spec/metadata')
}

/** Whether a setting has a value, or a reference to one; `name` is spelt as in the schema. */
export function hasSetting(manifest: JsonObject, name: string): boolean {
  return settingsOf(manifest).some(
    (setting) => setting.name === name && textAt(setting.item, '/value')?.trim() !== '',
  )
}

/** A setting whose value stands in the manifest; `name` is spelt as in the schema. */
export function literalSetting(manifest: JsonObject, name: string): LiteralSetting | undefined {
  const setting = settingsOf(manifest).find((other) => other.name === name)
  const text = setting && textAt(setting.item, '/value')?.trim()
  if (setting === undefined || text === undefined || text === '') return undefined
  return { name, text, pointer: `${setting.pointer}/value` }
}

/** The scopes that a token setter asks for. */
export function scopesIn(text: string): string[] {
  return text.split(/[,\s]+/).filter((scope) => scope !== '')
}

/** The linted Components of a type. */
export function lintedComponents(
  set: LintSet,
  isType: (type: string) => boolean,
): LintedResource[] {
  return set.linted('Component').filter(({ resource }) => isType(componentType(resource.manifest)))
}

export const bearer = 'middleware.http.bearer'
export const browserLogin = 'middleware.http.oauth2'
export const clientCredentials = 'middleware.http.oauth2clientcredentials'

/** Whether a `middleware.http.oauth2` attaches the token of a user who logs in; one whose grant is not known here may. */
export function isUserLogin(manifest: JsonObject): boolean {
  const grant = literalSetting(manifest, 'grantType')
  return grant === undefined
    ? hasSetting(manifest, 'grantType')
    : grant.text === 'authorization_code'
}

/**
 * The linted Components that get their tokens with the client credentials grant: `middleware.http.oauth2` does here unless
 * it says otherwise, and is a login in a browser in Dapr.
 */
export function headlessSetters(set: LintSet): LintedResource[] {
  const isSetter = (type: string): boolean =>
    set.target === 'mcpauth' ? tokenSetters.has(type) : type === clientCredentials
  return lintedComponents(set, isSetter).filter(({ resource }) => !isUserLogin(resource.manifest))
}
