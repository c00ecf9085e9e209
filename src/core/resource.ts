// A validated manifest document, ready to be stored, and what it refers to.
import type { Position } from './diagnostic.ts'
import type { JsonObject } from './json.ts'

/** Something a resource needs in order to work; `pointer` is the RFC 6901 pointer of the text that names it. */
export type Reference = { readonly pointer: string } & (
  | {
      readonly to: 'handler'
      readonly pipeline: 'httpPipeline' | 'appHttpPipeline'
      readonly name: string
      /** Component type, such as `middleware.http.bearer`. */
      readonly type: string
      /** Component version; an absent one in the manifest reads `v1`. */
      readonly version: string
    }
  | { readonly to: 'configuration'; readonly name: string }
  | { readonly to: 'app-id'; readonly name: string }
  | { readonly to: 'mcp-server'; readonly name: string }
  | { readonly to: 'secret-store'; readonly name: string }
  | {
      readonly to: 'secret'
      /** The secret store component; undefined is the built-in store. */
      readonly store: string | undefined
      readonly name: string
      readonly key: string
    }
)

/** A document that cannot be used, as far as it says what it defines; undefined may be anything. */
export interface UnreadableResource {
  readonly kind: string | undefined
  readonly name: string | undefined
}

/** Where a resource was read from. `positions` maps RFC 6901 pointers to places in `file`. */
export interface ResourceOrigin {
  readonly file: string
  readonly start: Position
  readonly positions: Readonly<Record<string, Position>>
}

export interface Resource {
  readonly apiVersion: string
  /** `Component`, `Configuration`, `HTTPEndpoint`, `MCPServer`, `AppIdentity` and so on, or a kind that is only stored. */
  readonly kind: string
  readonly name: string
  /** The normalized document: canonical field spellings, nothing resolved. */
  readonly manifest: JsonObject
  /** SHA-256 (hex) of the canonical JSON of `manifest`. */
  readonly digest: string
  /** RFC 6901 pointers of literal values that must be shown as `***`. */
  readonly sensitive: readonly string[]
  readonly references: readonly Reference[]
  readonly origin: ResourceOrigin
}

/** `component/oauth2`, the way commands print a resource. */
export function resourceId(resource: Pick<Resource, 'kind' | 'name'>): string {
  return `${resource.kind.toLowerCase()}/${resource.name}`
}
