// Secrets that stand literally in stored resources, and the secret of the built-in store that may stand in their place.
import { parentPointer, textAt } from '../core/pointer.ts'
import { isSecretName } from '../core/names.ts'
import type { ProjectRow, StoreContext } from './context.ts'
import { commandIn } from './project-table.ts'
import { sealedValue, type StoredResource } from './resource-table.ts'
import { storedSecret } from './secrets.ts'

export interface InlineSecret {
  /** RFC 6901 pointer of the literal; the manifest that is shown has `***` there. */
  readonly pointer: string
  /** The same for people, with the name of the setting: `/spec/metadata[clientSecret]/value`. */
  readonly field: string
  /** Absent where nothing may refer to a secret of the built-in store. */
  readonly substitute?: Substitute
  /** One imperative sentence: how to get the literal out of the resource. */
  readonly remedy: string
}

/** The secret that is called after the resource and the setting. */
export interface Substitute {
  readonly name: string
  readonly key: string
  /** Whether the built-in store holds the very value of the literal there. */
  readonly isSame: boolean
}

/** In the order of the manifest. Throws STORE_UNUSABLE when a value cannot be opened. */
export function inlineSecretsOf(
  context: StoreContext,
  project: ProjectRow,
  stored: StoredResource,
): InlineSecret[] {
  return stored.sensitive.map((pointer) => {
    const setting = settingAt(stored, pointer)
    const field =
      setting === undefined ? pointer : pointer.replace(/\/\d+\/value$/, () => `[${setting}]/value`)
    const place = { pointer, field }
    const store = storeOf(stored, pointer)
    if (setting === undefined || !isSecretName(setting)) {
      return { ...place, remedy: removal(context, project, stored) }
    }
    if (store !== undefined) {
      return { ...place, remedy: `Apply it with a secretKeyRef to the secret store "${store}".` }
    }
    const { name } = stored
    const key = setting
    const held = storedSecret(context, project, { name, key })
    const literal = sealedValue(context, project, { ...stored, pointer })?.reveal()
    const command = commandIn(context, project, `mcpauth secret set ${name} ${key}`)
    return {
      ...place,
      substitute: { name, key, isSame: held !== undefined && held === literal },
      remedy:
        held === undefined
          ? `Store the same value with "${command}", or apply the resource with a secretKeyRef.`
          : `The secret ${name}/${key} has another value: apply the resource with a secretKeyRef to the right one.`,
    }
  })
}

/** The name of the setting whose value is at `pointer`, where a secretKeyRef may stand in place of that value. */
function settingAt({ kind, manifest }: StoredResource, pointer: string): string | undefined {
  if (pointer === '/spec/clientTLS/privateKey/value') return 'privateKey'
  const item = parentPointer(pointer)
  if (lists[kind]?.includes(parentPointer(item)) !== true || !pointer.endsWith('/value'))
    return undefined
  return textAt(manifest, `${item}/name`)
}

/** The secret store that a secretKeyRef in the place of `pointer` would be looked up in; undefined the built-in one. */
function storeOf({ manifest }: StoredResource, pointer: string): string | undefined {
  const transport = /^\/spec\/endpoint\/\w+/.exec(pointer)?.[0] ?? ''
  return textAt(manifest, `${transport}/auth/secretStore`)
}

/** The lists whose items may have a secretKeyRef. */
const lists: Readonly<Record<string, readonly string[]>> = {
  Component: ['/spec/metadata'],
  HTTPEndpoint: ['/spec/headers'],
  MCPServer: [
    '/spec/endpoint/streamableHTTP/headers',
    '/spec/endpoint/sse/headers',
    '/spec/endpoint/stdio/env',
  ],
}

function removal(context: StoreContext, project: ProjectRow, stored: StoredResource): string {
  if (stored.kind !== 'AppIdentity') return 'Apply the resource without it.'
  const command = commandIn(context, project, `mcpauth appid update ${stored.name} --app-token ""`)
  return `Remove it: ${command}`
}
