// Secrets in the file of a secretstores.local.file: under which name a reference finds one, and what is wrong when it does not.
import { namedItems } from './component.ts'
import type { JsonObject } from './json.ts'
import { textAt } from './pointer.ts'
import type { ReferenceMismatch } from './reference-match.ts'
import { parseBoolean } from './setting-values.ts'
import { hintWith, suggest } from './suggest.ts'

export const localFileStore = 'secretstores.local.file'

/** A setting of a secret store, whose names match whatever their case; undefined when it is empty. */
export function storeSetting(manifest: JsonObject, name: string): string | undefined {
  const wanted = name.toLowerCase()
  const found = namedItems(manifest, '/spec/metadata').find(
    (entry) => entry.name.toLowerCase() === wanted,
  )
  const value = found === undefined ? undefined : textAt(found.item, '/value')
  return value === '' ? undefined : value
}

/** What stands between the names of nested members of the file. */
export function nestedSeparator(manifest: JsonObject): string {
  return storeSetting(manifest, 'nestedSeparator') ?? ':'
}

interface FileSecret {
  readonly name: string
  readonly key: string
}

/** The flattened name of a secret in the file; undefined when the store cannot have it. */
export function fileSecretName(
  manifest: JsonObject,
  { name, key }: FileSecret,
): string | undefined {
  if (isMultiValued(manifest)) return `${name}${nestedSeparator(manifest)}${key}`
  // Without multiValued a secret is one value under its own name (components-contrib secretstores/local/file).
  return key === name ? name : undefined
}

/** The flattened names in a file. */
interface Names {
  has(name: string): boolean
  keys(): Iterable<string>
}

/** Why the file of `store` does not have a secret; undefined when it does. */
export function missingFileSecret(
  store: { readonly name: string; readonly manifest: JsonObject },
  names: Names,
  secret: FileSecret,
): (ReferenceMismatch & { readonly hint: string }) | undefined {
  const wanted = fileSecretName(store.manifest, secret)
  if (wanted !== undefined && names.has(wanted)) return undefined
  const path = storeSetting(store.manifest, 'secretsFile') ?? ''
  const nested = `${secret.name}${nestedSeparator(store.manifest)}${secret.key}`
  return {
    rule: 'missing-secret',
    message: `The secret "${secret.name}" with key "${secret.key}" is not in ${path} (secret store "${store.name}").`,
    hint:
      !isMultiValued(store.manifest) && names.has(nested)
        ? `Write secretKeyRef.name: "${nested}" without a key, or set multiValued: "true" on the store.`
        : hintWith(suggest(wanted ?? secret.name, names.keys()), `Add it to ${path}.`),
  }
}

function isMultiValued(manifest: JsonObject): boolean {
  return parseBoolean(storeSetting(manifest, 'multiValued') ?? '') === true
}
