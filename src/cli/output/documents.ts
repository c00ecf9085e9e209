// Printables of the usual shapes: one document, a list of documents, a document that was changed.
import type { JsonObject } from '../../core/json.ts'
import { resourceId } from '../../core/resource.ts'
import type { Printable } from './printable.ts'
import { fields, table } from './table.ts'

/** A resource envelope: apiVersion, kind, metadata, spec, status. */
export interface Document {
  readonly kind: string
  readonly name: string
  readonly manifest: JsonObject
}

/** One document; on a terminal only `rows` of it. */
export function one(
  document: Document,
  rows: readonly (readonly [string, string | undefined])[],
): Printable {
  return {
    json: () => document.manifest,
    names: () => [resourceId(document)],
    text: () => fields(rows),
  }
}

export interface Columns {
  readonly heading: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export function list(documents: readonly Document[], columns: Columns): Printable {
  return {
    json: () => ({ items: documents.map(({ manifest }) => manifest) }),
    names: () => documents.map((document) => resourceId(document)),
    text: () => table(columns.heading, columns.rows),
  }
}

/** `component/oauth2 configured` for people, the whole document for programs. */
export function changed(document: Document, action: string): Printable {
  return {
    json: () => document.manifest,
    names: () => [resourceId(document)],
    text: () => `${resourceId(document)} ${action}\n`,
  }
}

/** What is left to say of a deleted document. */
export function deleted(
  document: Pick<Document, 'kind' | 'name'> & { apiVersion: string },
): Printable {
  const { apiVersion, kind, name } = document
  const manifest = { apiVersion, kind, metadata: { name }, status: { status: 'deleted' } }
  return changed({ kind, name, manifest }, 'deleted')
}
