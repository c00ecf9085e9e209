// Things that several handlers, and successive configurations, use together: made once, closed by the last user.

export interface Lease<T> {
  readonly value: T
  /** Gives it back; the last user's release closes it. Further calls do nothing. */
  release(): void
}

/** Takes the thing of that key, making it if nobody holds it. */
export type Acquire<T> = (scope: object, key: string, make: () => T) => Lease<T>

interface Held<T> {
  readonly value: T
  users: number
}

/** A register of shared things. `scope` separates worlds that must not meet, such as two clocks. */
export function createLeases<T extends { close(): void }>(): Acquire<T> {
  const scopes = new WeakMap<object, Map<string, Held<T>>>()
  return (scope, key, make) => {
    const held = scopes.get(scope) ?? new Map<string, Held<T>>()
    scopes.set(scope, held)
    const entry = held.get(key) ?? { value: make(), users: 0 }
    held.set(key, entry)
    entry.users += 1
    let released = false
    return {
      value: entry.value,
      release() {
        if (released) return
        released = true
        entry.users -= 1
        if (entry.users > 0) return
        held.delete(key)
        entry.value.close()
      },
    }
  }
}
