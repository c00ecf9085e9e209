// Where in its file a value of a resource stands.
import { placeOf } from '../core/diagnostic.ts'
import { parentPointer } from '../core/pointer.ts'
import type { Resource, ResourceOrigin } from '../core/resource.ts'

/** `file:line:column` of `pointer`, or of the closest thing around it. */
export function placeAt({ origin }: Pick<Resource, 'origin'>, pointer: string): string {
  return placeOf({ file: origin.file, start: positionAt(origin, pointer) })
}

/** The place of `pointer`, or of the closest thing around it. */
export function positionAt(origin: ResourceOrigin, pointer: string): ResourceOrigin['start'] {
  for (let current = pointer; current !== ''; current = parentPointer(current)) {
    const position = origin.positions[current]
    if (position !== undefined) return position
  }
  return origin.start
}
