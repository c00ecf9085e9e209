// Which names suggest that a value is a credential: such values are never shown.
import { isJsonObject, type Json } from '../core/json.ts'
import { joinPointer } from '../core/pointer.ts'
import { componentTypes } from './generated/component-types.ts'

const credential =
  /secret|pass(?:word|wd|phrase)|token|credential|authorization|cookie|signature|connection.?string|private.?key|api.?key|access.?key|account.?key|master.?key|encryption.?key|shared.?key|sas|bearer|jwt|pat$/i

/** Names that contain such a word and yet name something that may be shown. */
const harmless =
  /(?:url|uri|endpoint|header|headername|name|file|path|store|ref|revision|ttl|separator|type|style|prefix|expiresin|issuer|audience|method)$/i

/** Settings whose schema says that they are no secret, such as `forwardToken`, in lower case. */
const publicSettings = new Set(
  Object.values(componentTypes).flatMap(({ fields }) =>
    Object.entries(fields).flatMap(([name, { sensitive, aliases }]) =>
      sensitive ? [] : [name, ...aliases].map((spelling) => spelling.toLowerCase()),
    ),
  ),
)

/** Whether a schema says that a setting of this name is no secret. */
export function isPublicSetting(name: string): boolean {
  return publicSettings.has(name.toLowerCase())
}

/** A field name or setting such as `clientSecret`, but not `tokenURL`. */
export function isCredentialName(name: string): boolean {
  return credential.test(name) && !harmless.test(name) && !isPublicSetting(name)
}

/** A header name such as `Authorization` or `X-Api-Key`. */
export function isCredentialHeader(name: string): boolean {
  return (credential.test(name) || /key|auth/i.test(name)) && !harmless.test(name)
}

/**
 * Pointers of literal values that look like credentials, anywhere in `value`: members with such a name, and the
 * `value` of `{name, value}` items with such a name.
 */
export function credentialPointers(value: Json, pointer = ''): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: Json, index) =>
      credentialPointers(item, joinPointer(pointer, index)),
    )
  }
  if (!isJsonObject(value)) return []
  const name = value['name']
  const secretItem =
    typeof name === 'string' && (isCredentialName(name) || isCredentialHeader(name))
  return Object.entries(value).flatMap(([key, member]) => {
    const below = joinPointer(pointer, key)
    const secret = isCredentialName(key) || (secretItem && key === 'value')
    if (!secret) return credentialPointers(member, below)
    if (isLiteral(member)) return [below]
    const inner = isJsonObject(member) ? member['value'] : undefined
    return isLiteral(inner) ? [joinPointer(below, 'value')] : credentialPointers(member, below)
  })
}

function isLiteral(value: Json | undefined): boolean {
  return typeof value === 'string' || typeof value === 'number'
}
