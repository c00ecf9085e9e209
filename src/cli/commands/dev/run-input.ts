// The command line of `dev run` → its options, checked.
import { isTooSlow, type AppHealthSettings } from '../../../core/app-health.ts'
import { McpAuthError } from '../../../core/errors.ts'
import { readPublicUrl } from '../../../core/trusted-url.ts'
import { bytesOf, headerBytesOf } from '../../../dev/byte-size.ts'
import { logDestination } from '../../../dev/run-file-settings.ts'
import type { DevRunOptions, LogDestination, LoginMode } from '../../../dev/run-options.ts'

export interface DevRunFlags {
  readonly project: string | undefined
  readonly 'app-id': string | undefined
  readonly id: string | undefined
  readonly 'app-port': number | undefined
  readonly config: string | undefined
  readonly 'resources-path': readonly string[]
  readonly env: readonly string[]
  readonly 'app-dir-path': string
  readonly 'dapr-http-port': number | undefined
  readonly 'ingress-port': number | undefined
  readonly 'public-url': string | undefined
  readonly 'max-body-size': string
  readonly 'dapr-http-max-request-size': number | undefined
  readonly 'read-buffer-size': string | undefined
  readonly 'dapr-http-read-buffer-size': number | undefined
  readonly 'enable-app-health-check': boolean
  readonly 'app-health-check-path': string | undefined
  readonly 'app-health-probe-interval': number | undefined
  readonly 'app-health-probe-timeout': number | undefined
  readonly 'app-health-threshold': number | undefined
  readonly 'use-env-proxy': boolean
  readonly 'allow-invoke-url': readonly string[]
  readonly 'app-id-env-server-enabled': boolean
  readonly 'app-id-env-server-port': number | undefined
  readonly 'enable-api-logging': boolean
  readonly 'app-log-destination': LogDestination | 'all' | undefined
  readonly 'log-format': 'text' | 'json'
  readonly login: LoginMode
}

/** Throws USAGE. */
export function toDevRunOptions(command: readonly string[], flags: DevRunFlags): DevRunOptions {
  checkPorts(flags)
  return {
    project: flags.project,
    appId: appIdOf(flags),
    appPort: flags['app-port'] === 0 ? undefined : flags['app-port'],
    config: flags.config,
    resourcesPaths: flags['resources-path'],
    env: environmentOf(flags.env),
    appDirPath: flags['app-dir-path'],
    daprHttpPort: flags['dapr-http-port'],
    ingressPort: flags['ingress-port'],
    publicUrl: publicUrlOf(flags),
    maxBodyBytes: bodyBytesOf(flags),
    maxHeaderBytes: headerBytesIn(flags),
    useEnvProxy: flags['use-env-proxy'],
    health: healthOf(flags),
    allowedUrls: new Set(flags['allow-invoke-url'].map((origin) => originOf(origin))),
    enableApiLogging: flags['enable-api-logging'],
    logFormat: flags['log-format'],
    appLogDestination: logDestination(flags['app-log-destination']),
    login: flags.login,
    command,
  }
}

/** Undefined when it is not asked for. Throws USAGE. */
export function envServerPortOf(flags: DevRunFlags): number | undefined {
  const port = flags['app-id-env-server-port']
  if (flags['app-id-env-server-enabled']) return port ?? 8001
  if (port === undefined) return undefined
  throw usage(
    '--app-id-env-server-port is the port of a server that is not asked for.',
    'Add --app-id-env-server-enabled, or leave it out.',
  )
}

const portFlags = ['app-port', 'dapr-http-port', 'ingress-port'] as const

function checkPorts(flags: DevRunFlags): void {
  const given = [
    ...portFlags.map((name) => [name, flags[name]] as const),
    ['app-id-env-server-port', envServerPortOf(flags)] as const,
  ]
  for (const [index, [one, port]] of given.entries()) {
    // 0 is none, or a free one.
    if (port === undefined || port === 0) continue
    const [other] = given.slice(index + 1).find(([, second]) => second === port) ?? []
    if (other === undefined) continue
    throw usage(
      `--${one} and --${other} are both ${port}.`,
      'The command, the sidecar, its ingress and the env server each need a port of their own.',
    )
  }
}

/** In lower case, as Catalyst's --id. */
function appIdOf(flags: DevRunFlags): string {
  const [appId, id] = [flags['app-id']?.toLowerCase(), flags.id?.toLowerCase()]
  if (appId !== undefined && id !== undefined && appId !== id) {
    throw usage('--app-id and --id name two App IDs.', 'Give one of them.')
  }
  const name = appId ?? id
  if (name === undefined) throw usage('The App ID is missing.', 'Give it with --app-id NAME.')
  return name
}

function environmentOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const mark = pair.indexOf('=')
      // The pair itself is not shown: what follows the mark may be a secret.
      if (mark < 1)
        throw usage('An --env value is not NAME=VALUE.', 'Write it as --env NAME=VALUE.')
      return [pair.slice(0, mark), pair.slice(mark + 1)]
    }),
  )
}

/** Only what is given: the rest is as the App ID has it. */
function healthOf(flags: DevRunFlags): AppHealthSettings {
  const { 'app-health-check-path': path } = flags
  if (path !== undefined && !/^\/[!-~]*$/.test(path)) {
    throw usage('The health check path is not a path.', 'Start it with "/".')
  }
  const given = {
    path,
    intervalSeconds: flags['app-health-probe-interval'],
    timeoutMs: flags['app-health-probe-timeout'],
    threshold: flags['app-health-threshold'],
  }
  const settings: AppHealthSettings = {
    ...(flags['enable-app-health-check'] ? { enabled: true } : {}),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
  if (isTooSlow(settings)) {
    throw usage(
      'A health check may take longer than the time between two.',
      'Lower --app-health-probe-timeout or raise --app-health-probe-interval.',
    )
  }
  return settings
}

/** The older flag of Dapr counts MiB. */
function bodyBytesOf(flags: DevRunFlags): number {
  const older = flags['dapr-http-max-request-size']
  if (older !== undefined) return older * 2 ** 20
  const size = flags['max-body-size']
  const bytes = bytesOf(size)
  if (bytes !== undefined) return bytes
  throw usage(`"${size}" is not a size.`, 'Write it as a number with Ki, Mi or Gi, such as 4Mi.')
}

/** The older flag of Dapr counts KiB. */
function headerBytesIn(flags: DevRunFlags): number | undefined {
  const older = flags['dapr-http-read-buffer-size']
  const size = older === undefined ? flags['read-buffer-size'] : `${older}Ki`
  if (size === undefined) return undefined
  const bytes = headerBytesOf(size)
  if (bytes !== undefined) return bytes
  throw usage(`"${size}" is no length of headers.`, 'Write a size from 1Ki to 1Mi, such as 64Ki.')
}

function publicUrlOf(flags: DevRunFlags): string | undefined {
  const text = flags['public-url']
  if (text === undefined) return undefined
  const read = readPublicUrl(text)
  if ('problem' in read) throw usage(`The --public-url ${read.problem}.`, read.hint)
  if (flags['ingress-port'] !== undefined) return read.url
  throw usage('--public-url is the URL of an ingress, and there is none.', 'Add --ingress-port.')
}

export function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && text === url.origin) return text
  throw usage(
    `"${text}" is not an origin.`,
    'Write it as scheme, host and port alone, such as https://api.example.com.',
  )
}

function usage(message: string, hint: string): McpAuthError {
  return new McpAuthError('USAGE', message, { hint })
}
