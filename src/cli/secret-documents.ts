// Secrets as documents: names and keys, never values.
import type { SecretView } from '../control-plane/secrets.ts'
import type { Document } from './output/documents.ts'

export const secretApiVersion = 'v1'

/** One document a name, with all its keys. */
export function secretDocuments(secrets: readonly SecretView[]): Document[] {
  const names = Map.groupBy(secrets, ({ name }) => name)
  return [...names].map(([name, keys]) => secretDocument(name, keys))
}

export function secretDocument(name: string, views: readonly SecretView[]): Document {
  const keys = views.map(({ key, updatedAt }) => ({ key, updatedAt }))
  const manifest = {
    apiVersion: secretApiVersion,
    kind: 'Secret',
    metadata: { name },
    spec: { keys },
    status: { status: 'ready' },
  }
  return { kind: 'Secret', name, manifest }
}
