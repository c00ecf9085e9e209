// The environment of the command that `dev run` starts.

export interface ChildEnvironment {
  /** What the command would inherit. */
  readonly inherited: Readonly<Record<string, string | undefined>>
  /** `-e NAME=value` pairs. */
  readonly extra: Readonly<Record<string, string>>
  /** Variables that secret references resolved to: the sidecar needs them, the command must not have them. */
  readonly withheld: readonly string[]
  readonly appId: string
  readonly httpPort: number
  readonly appPort: number | undefined
  readonly apiToken: string
}

/**
 * The variables for the command. Injected values win over inherited and extra ones, so that a stale `.env` cannot send the
 * app past its sidecar; gRPC is not served, so an inherited DAPR_GRPC_* is removed.
 */
export function childEnvironment(options: ChildEnvironment): Record<string, string> {
  const { appId, httpPort, appPort, apiToken } = options
  // Python holds output back when it goes to a pipe, as it does here; what the user set wins.
  const merged: Record<string, string | undefined> = { PYTHONUNBUFFERED: '1', ...options.inherited }
  for (const name of [...options.withheld, 'DAPR_GRPC_ENDPOINT', 'DAPR_GRPC_PORT'])
    delete merged[name]
  Object.assign(merged, options.extra, {
    DAPR_HTTP_ENDPOINT: `http://127.0.0.1:${httpPort}`,
    DAPR_HTTP_PORT: String(httpPort),
    DAPR_API_TOKEN: apiToken,
    DAPR_APP_ID: appId,
    APP_ID: appId,
    ...(appPort === undefined ? {} : { APP_PORT: String(appPort) }),
  })
  const entries = Object.entries(merged)
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
