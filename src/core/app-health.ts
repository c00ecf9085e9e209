// How the health of an application is checked, with Dapr's defaults (dapr pkg/config/app_connection.go).

export interface AppHealthSpec {
  /** Starts with "/". */
  readonly path: string
  readonly intervalSeconds: number
  readonly timeoutMs: number
  /** Failed checks in a row after which a healthy application counts as unhealthy. */
  readonly threshold: number
}

/** What is said about it in one place; the rest is as another place or the defaults have it. */
export type AppHealthSettings = Partial<AppHealthSpec> & { readonly enabled?: boolean }

const defaults: AppHealthSpec = {
  path: '/healthz',
  intervalSeconds: 5,
  timeoutMs: 500,
  threshold: 3,
}

/** Undefined unless checks are enabled. A later one of `settings` stands over an earlier one, field by field. */
export function appHealthSpec(
  ...settings: readonly AppHealthSettings[]
): AppHealthSpec | undefined {
  const { enabled = false, ...spec } = settings.reduce(
    (merged, next) => ({ ...merged, ...definedOf(next) }),
    {},
  )
  return enabled ? { ...defaults, ...spec } : undefined
}

/** Dapr ends with an error where a check may take longer than the time between two. */
export function isTooSlow(settings: AppHealthSettings): boolean {
  const { timeoutMs, intervalSeconds } = { ...defaults, ...settings }
  return timeoutMs > intervalSeconds * 1000
}

function definedOf(settings: AppHealthSettings): AppHealthSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}
