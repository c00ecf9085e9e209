// The contract of a kind: how its documents are normalized, checked, and searched for references.
import type { JsonObject } from '../../core/json.ts'
import type { Reference } from '../../core/resource.ts'
import type { Report } from '../finding.ts'
import type { ParsedDocument } from '../parse.ts'

export interface Kind {
  readonly kind: string
  /** Older spellings of `kind`. */
  readonly aliases?: readonly string[]
  readonly apiVersions: readonly string[]
  /** Title of the schema; absent for kinds of which only the envelope is checked. */
  readonly schema?: string
  /** Whether names are DNS labels (App IDs) or DNS subdomains. */
  readonly naming: 'label' | 'subdomain'
  /**
   * The document in canonical spelling; pointers that exist in both name the same value. Takes any shape: the
   * schema is checked on its result.
   */
  normalize?(value: JsonObject, document: ParsedDocument, report: Report): JsonObject
  /** Reports what the schema cannot say. Takes any shape. */
  check?(manifest: JsonObject, report: Report): void
  references?(manifest: JsonObject): Reference[]
  /** Pointers of literal values that must not be shown. */
  sensitive(manifest: JsonObject): string[]
}
