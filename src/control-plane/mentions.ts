// Names of other resources in a manifest that need not exist: nothing is refused for their absence.
import { isJsonObject } from '../core/json.ts'
import { joinPointer, listAt, textAt, valueAt } from '../core/pointer.ts'
import type { KnownResource } from './resource-table.ts'
import type { World } from './world.ts'

export interface Mention {
  /** RFC 6901 pointer of the name, or of the member that it is the key of. */
  readonly pointer: string
  /** The section of the manifest, such as `targets.apps`. */
  readonly section: string
  readonly kind: 'AppIdentity' | 'Component' | 'HTTPEndpoint'
  readonly name: string
  readonly exists: boolean
}

type Named = Pick<Mention, 'pointer' | 'section' | 'kind' | 'name'>

/** Each name once a section, in the order of the manifest. */
export function mentionsOf(world: World, { kind, manifest }: KnownResource): Mention[] {
  const named = finders[kind]?.(manifest, world) ?? []
  const first = new Map(
    named.toReversed().map((one) => [`${one.section} ${one.kind} ${one.name}`, one]),
  )
  return named
    .filter((one) => first.get(`${one.section} ${one.kind} ${one.name}`) === one)
    .map((one) => ({ ...one, exists: world.find(one.kind, one.name) !== undefined }))
}

type Finder = (manifest: KnownResource['manifest'], world: World) => Named[]

const finders: Readonly<Record<string, Finder>> = {
  Configuration: (manifest) => [
    ...items(manifest, '/spec/accessControl/policies', 'appId').map((name): Named => ({
      ...name,
      section: 'accessControl',
      kind: 'AppIdentity',
    })),
    ...items(manifest, '/spec/secrets/scopes', 'storeName').map((name): Named => ({
      ...name,
      section: 'secrets.scopes',
      kind: 'Component',
    })),
  ],
  MCPServerAccessPolicy: (manifest) =>
    listAt(manifest, '/spec/rules').flatMap((_rule, index) =>
      items(manifest, `/spec/rules/${index}/callers`, 'appID')
        .filter(({ name }) => !name.includes('*'))
        .map((name): Named => ({ ...name, section: 'rules', kind: 'AppIdentity' })),
    ),
  Resiliency: (manifest, world) => [
    ...keys(manifest, '/spec/targets/apps').map((target): Named => {
      // Dapr looks policies up by the name that is called, be it of an App ID or of an HTTPEndpoint.
      const isEndpoint =
        world.find('AppIdentity', target.name) === undefined &&
        world.find('HTTPEndpoint', target.name) !== undefined
      const kind = isEndpoint ? 'HTTPEndpoint' : 'AppIdentity'
      return { ...target, section: 'targets.apps', kind }
    }),
    ...keys(manifest, '/spec/targets/components').map((name): Named => ({
      ...name,
      section: 'targets.components',
      kind: 'Component',
    })),
    ...listAt(manifest, '/scopes').flatMap((name, index): Named[] =>
      typeof name === 'string'
        ? [{ pointer: `/scopes/${index}`, name, section: 'scopes', kind: 'AppIdentity' }]
        : [],
    ),
  ],
}

function items(
  manifest: KnownResource['manifest'],
  list: string,
  member: string,
): Pick<Named, 'pointer' | 'name'>[] {
  return listAt(manifest, list).flatMap((item, index) => {
    const name = textAt(item, `/${member}`)
    return name === undefined ? [] : [{ pointer: `${list}/${index}/${member}`, name }]
  })
}

/** The names that are keys of an object; a URL, which may be called too, names nothing. */
function keys(
  manifest: KnownResource['manifest'],
  object: string,
): Pick<Named, 'pointer' | 'name'>[] {
  const members = valueAt(manifest, object)
  return Object.keys(isJsonObject(members) ? members : {})
    .filter((name) => !name.includes('://'))
    .map((name) => ({ pointer: joinPointer(object, name), name }))
}
