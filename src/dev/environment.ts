// The environment of the command that `dev run` starts.
import { delimiter, join } from 'node:path'

import { ofSidecar } from '../core/environment-variables.ts'

/** Who the app is, and where its sidecar. */
export interface AppIdentityValues {
  readonly appId: string
  readonly httpPort: number
  readonly appPort: number | undefined
  readonly apiToken: string
}

export interface ChildEnvironment extends AppIdentityValues {
  /** What the command would inherit. */
  readonly inherited: Readonly<Record<string, string | undefined>>
  /** `-e NAME=value` pairs. */
  readonly extra: Readonly<Record<string, string>>
  /** Variables that secret references resolved to: the sidecar needs them, the command must not have them. */
  readonly withheld: readonly string[]
}

/** What the sidecar gives its app, under the names that it reads. */
export function injectedEnvironment(app: AppIdentityValues): Record<string, string> {
  const { appId, httpPort, appPort, apiToken } = app
  return {
    DAPR_HTTP_ENDPOINT: `http://127.0.0.1:${httpPort}`,
    DAPR_HTTP_PORT: String(httpPort),
    DAPR_API_TOKEN: apiToken,
    DAPR_APP_ID: appId,
    APP_ID: appId,
    ...(appPort === undefined ? {} : { APP_PORT: String(appPort) }),
  }
}

/**
 * The variables for the command. Injected values win over inherited and extra ones, so that a stale `.env` cannot send the
 * app past its sidecar; gRPC is not served, so an inherited DAPR_GRPC_* is removed. The command finds its programs where
 * its user's shell does, not in this repository.
 */
export function childEnvironment(options: ChildEnvironment): Record<string, string> {
  // Python holds output back when it goes to a pipe, as it does here; what the user set wins.
  const merged: Record<string, string | undefined> = {
    PYTHONUNBUFFERED: '1',
    ...withoutOwnPrograms(options.inherited),
  }
  for (const name of [...options.withheld, 'DAPR_GRPC_ENDPOINT', 'DAPR_GRPC_PORT'])
    delete merged[name]
  Object.assign(merged, options.extra, injectedEnvironment(options))
  const entries = Object.entries(merged)
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/**
 * What the process of an MCP server inherits: all that the sidecar has, as in Dapr, but what is the sidecar's own and what
 * it reads secrets from.
 */
export function serverEnvironment(
  inherited: ChildEnvironment['inherited'],
  withheld: readonly string[],
): Record<string, string> {
  const entries = Object.entries(withoutOwnPrograms(inherited))
  return Object.fromEntries(
    entries.filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !ofSidecar.test(entry[0]) && !withheld.includes(entry[0]),
    ),
  )
}

/**
 * `npx mcpauth` in this repository puts the repository's node_modules/.bin first on PATH, with a Node that is there to run
 * mcpauth. In any other package that folder is the user's own, and stays.
 */
function withoutOwnPrograms(inherited: ChildEnvironment['inherited']): typeof inherited {
  const { npm_command: command, npm_package_name: name, npm_config_local_prefix: root } = inherited
  if (command !== 'exec' || name !== 'mcpauth' || root === undefined) return inherited
  const own = join(root, 'node_modules', '.bin')
  const paths = Object.entries(inherited).filter(([variable]) => variable.toUpperCase() === 'PATH')
  return {
    ...inherited,
    ...Object.fromEntries(paths.map(([variable, path]) => [variable, without(own, path)])),
  }
}

function without(folder: string, path: string | undefined): string | undefined {
  return path
    ?.split(delimiter)
    .filter((entry) => entry !== folder)
    .join(delimiter)
}
