// Literal secrets in manifests, and how each becomes a reference to the built-in store.
import { isSecretName } from '../../core/names.ts'
import type { Fix } from '../../core/diagnostic.ts'
import { parentPointer, textAt } from '../../core/pointer.ts'
import { redacted, Secret } from '../../core/secret.ts'
import type { Span } from '../problem.ts'
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
  const { resource } = read
  if (textAt(resource.manifest, '/auth/secretStore') !== undefined) return []
  return resource.sensitive.flatMap((pointer) => {
    const item = parentPointer(pointer)
    const key = textAt(resource.manifest, `${item}/name`)
    const value = textAt(resource.manifest, pointer)
    const text = writtenAt(read, pointer)
    if (!pointer.endsWith('/value') || key === undefined || text === undefined) return []
    if (value === undefined || value === '' || value === redacted) return []
    if (!isSecretName(resource.name) || !isSecretName(key)) return []
    const { name } = resource
    const reference = text.isJson
      ? `"secretKeyRef": ${JSON.stringify({ name, key })}`
      : `secretKeyRef: { name: ${JSON.stringify(name)}, key: ${JSON.stringify(key)} }`
    const fix = { edits: [{ ...text.span, text: reference }], changes: [item] }
    return [{ name, key, value: new Secret(value), fix }]
  })
}

/** Where a member stands, from its key to the end of its value; undefined when that is not one piece of text. */
function writtenAt(
  { document, source: { text } }: LintedResource,
  pointer: string,
): { readonly span: Span; readonly isJson: boolean } | undefined {
  const key = document.locateKey(pointer)
  const value = document.locate(pointer)
  if (key === undefined || value === undefined || key.end > value.start) return undefined
  // An alias stands for text elsewhere, and a block ends where its line break does.
  if (/^[*&|>]/.test(text.slice(value.start, value.end))) return undefined
  return { span: { start: key.start, end: value.end }, isJson: text[key.start] === '"' }
}
