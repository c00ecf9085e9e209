// Literal secrets in manifests that leave the control plane: references take their place, or the export is refused.
import { McpAuthError } from '../../core/errors.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { parentPointer, valueAt, withValues } from '../../core/pointer.ts'
import { resourceId } from '../../core/resource.ts'
import type { Substitute } from '../../control-plane/inline-secrets.ts'
import type { PortableResource } from '../../control-plane/resources.ts'
import type { CommandContext } from '../context.ts'

/**
 * The manifest with a reference to the built-in store in place of each literal that the store holds too, which a warning
 * names. Throws SECRET_NOT_EXPORTABLE, after naming them all, when one of the others is left.
 */
export function withReferences(
  context: CommandContext,
  resources: readonly PortableResource[],
): JsonObject[] {
  const { error, warning, dim } = context.style
  const left = resources.flatMap((resource) =>
    resource.inlineSecrets
      .filter(({ substitute }) => substitute?.isSame !== true)
      .map((secret) => ({ ...secret, id: resourceId(resource) })),
  )
  for (const { id, field, remedy } of left) {
    context.notice(`${error('error:')} ${id} holds a secret in clear at ${field}.`)
    context.notice(`${dim('hint:')} ${remedy}`)
  }
  if (left.length > 0) {
    throw new McpAuthError(
      'SECRET_NOT_EXPORTABLE',
      `${left.length === 1 ? '1 secret' : `${left.length} secrets`} would have to leave in clear. Nothing was exported.`,
      { hint: 'Follow the hints above, or leave those resources out with --kind.' },
    )
  }
  return resources.map((resource) => {
    let { manifest } = resource
    for (const { pointer, field, substitute } of resource.inlineSecrets) {
      if (substitute === undefined) continue
      manifest = withReference(manifest, pointer, substitute)
      context.notice(
        `${warning('warning:')} ${resourceId(resource)}: ${field} is exported as a reference to the secret ` +
          `${substitute.name}/${substitute.key}, which has the same value; applying it changes the resource so.`,
      )
    }
    return manifest
  })
}

/** `secretKeyRef` in place of the `value` at `pointer`. */
export function withReference(
  manifest: JsonObject,
  pointer: string,
  { name, key }: Pick<Substitute, 'name' | 'key'>,
): JsonObject {
  const item = valueAt(manifest, parentPointer(pointer))
  if (!isJsonObject(item)) return manifest
  const { value: _, ...rest } = item
  const reference = { ...rest, secretKeyRef: { name, key } }
  return withValues(manifest, new Map([[parentPointer(pointer), reference]]))
}
