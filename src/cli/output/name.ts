// Results as names, for scripts.

export function toNames(names: readonly string[]): string {
  return names.map((name) => `${name}\n`).join('')
}
