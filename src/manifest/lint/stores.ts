// The secret stores that linted resources name.
import type { KnownResource, LintedResource, LintSet } from './lint-set.ts'

interface NamedStore {
  readonly on: LintedResource
  /** RFC 6901 pointer of the name. */
  readonly pointer: string
  readonly name: string
  /** What stands behind the name; undefined when nothing does. */
  readonly component: KnownResource | undefined
}

/** Every auth.secretStore of which something can be said. */
export function storesOf(set: LintSet): NamedStore[] {
  return ['Component', 'HTTPEndpoint', 'MCPServer']
    .flatMap((kind) => set.linted(kind))
    .flatMap((on) =>
      on.resource.references
        .filter(({ to }) => to === 'secret-store')
        .filter(({ name }) => !set.isOpen('Component', name))
        .map(({ pointer, name }) => ({
          on,
          pointer,
          name,
          component: set.find('Component', name),
        })),
    )
}
