// Literal secrets in manifests, and how each becomes a reference to the built-in store.
import { isSecretName } from '../../core/names.ts'
import type { Fix } from '../../core/diagnostic.ts'
import { parentPointer, textAt } from '../../core/pointer.ts'
import { Secret } from '../../core/secret.ts'
import type { LintedResource } from './lint-set.ts'

export interface SecretMove {
  /** Where the value is to be kept. */
  readonly name: string
  readonly key: string
  readonly value: Secret
  readonly fix: Fix
}

/**
 * A move for each `{name, value}` item whose value is a secret, of a resource whose references lead to the built-in
 * store. A secret is called as its resource, its key as the setting or header.
 */
export function secretMoves(read: LintedResource): SecretMove[] {
  const { resource, document, source } = read
  if (textAt(resource.manifest, '/auth/secretStore') !== undefined) return []
  return resource.sensitive.flatMap((pointer) => {
    const item = parentPointer(pointer)
    const key = textAt(resource.manifest, `${item}/name`)
    const value = textAt(resource.manifest, pointer)
    const keySpan = document.locateKey(pointer)
    const valueSpan = document.locate(pointer)
    if (!pointer.endsWith('/value') || key === undefined || value === undefined) return []
    if (keySpan === undefined || valueSpan === undefined || keySpan.end > valueSpan.start) return []
    if (!isSecretName(resource.name) || !isSecretName(key)) return []
    const written = source.text.slice(valueSpan.start, valueSpan.end)
    // An alias, or a block that ends where its line break does, is not one piece of text.
    if (/^[*&|>]/.test(written)) return []
    const isJson = source.text[keySpan.start] === '"'
    const reference = isJson
      ? `"secretKeyRef": ${JSON.stringify({ name: resource.name, key })}`
      : `secretKeyRef: { name: ${JSON.stringify(resource.name)}, key: ${JSON.stringify(key)} }`
    const edit = { start: keySpan.start, end: valueSpan.end, text: reference }
    return [
      {
        name: resource.name,
        key,
        value: new Secret(value),
        fix: { edits: [edit], changes: [item] },
      },
    ]
  })
}
