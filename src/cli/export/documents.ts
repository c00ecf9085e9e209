// Exported resources as texts: one document each, for one stream or for files.
import type { JsonObject } from '../../core/json.ts'
import { singleLine } from '../output/table.ts'
import { toYaml } from '../../manifest/serialize.ts'

export interface ExportDocument {
  readonly kind: string
  readonly name: string
  /** Lines to write above the manifest, without `#`. */
  readonly comments: readonly string[]
  /** Absent when only the comments are left of it. */
  readonly manifest?: JsonObject
}

/** `component-oauth2.yaml`: kinds hold no "-" and names no "/", so that no two resources share one. */
export function fileName({ kind, name }: ExportDocument): string {
  return `${kind.toLowerCase()}-${name}.yaml`
}

/** Ends with a line break. */
export function documentText({ comments, manifest }: ExportDocument): string {
  const lines = comments.map((line) => `# ${singleLine(line)}\n`).join('')
  return manifest === undefined ? lines : `${lines}${toYaml(manifest)}`
}

/** One YAML stream without empty documents: what consists of comments only stands first. */
export function streamText(documents: readonly ExportDocument[]): string {
  const remarks = documents.filter(({ manifest }) => manifest === undefined)
  const manifests = documents.filter(({ manifest }) => manifest !== undefined)
  const head = remarks.map((document) => `${documentText(document)}\n`).join('')
  return `${head}${manifests.map((document) => documentText(document)).join('---\n')}`
}
