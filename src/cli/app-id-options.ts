// The options that set up an App ID, and the settings they make.
import type { AppIdSettings } from '../control-plane/app-identity.ts'
import { McpAuthError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import type { ArgumentSpecs, CommandInput } from './command.ts'
import type { CommandContext } from './context.ts'
import { outputOption, projectOption, waitOption } from './options.ts'
import { readSecret } from './secret-input.ts'
import { healthCheckOptions } from './sidecar-options.ts'

export const appIdOptions = {
  'app-config': {
    type: 'string',
    value: 'NAME',
    completes: 'configurations',
    description: 'Configuration to run; "" detaches it',
  },
  'app-endpoint': {
    type: 'string',
    value: 'URL',
    description: 'Where calls are delivered when no sidecar runs',
  },
  'app-token': {
    type: 'string',
    value: 'TOKEN',
    description: 'Token the application is shown with each call; - reads standard input',
  },
  'app-token-from-env': {
    type: 'string',
    value: 'VARIABLE',
    description: 'Read that token from an environment variable',
  },
  'app-token-from-file': {
    type: 'string',
    value: 'FILE',
    completes: 'files',
    description: 'Read that token from a file',
  },
  'app-token-header': {
    type: 'string',
    value: 'HEADER',
    description: 'Header that carries that token',
  },
  'app-protocol': {
    type: 'string',
    value: 'PROTOCOL',
    choices: ['http', 'grpc'],
    description: 'Protocol of the application; grpc is not served yet',
  },
  'app-channel-timeout-seconds': {
    type: 'integer',
    value: 'SECONDS',
    min: 1,
    description: 'How long the application may take to answer; stored, not run here',
  },
  'enable-app-health-check': {
    type: 'boolean',
    description: 'Deliver calls to the application only while its health check succeeds',
  },
  'disable-app-health-check': { type: 'boolean', description: 'Stop checking it' },
  ...healthCheckOptions,
  wait: waitOption,
  project: projectOption,
  output: outputOption,
} as const

export type AppIdOptions = CommandInput<ArgumentSpecs, typeof appIdOptions>['options']

/** The older word of Catalyst, and the newer one. */
export type AppWord = 'appid' | 'app'

const {
  'app-config': _,
  'app-endpoint': endpoint,
  'app-token': endpointToken,
  'app-token-from-env': endpointTokenFromEnv,
  'app-token-from-file': endpointTokenFromFile,
  'app-token-header': endpointTokenHeader,
  ...alike
} = appIdOptions

/** What `app` calls them. Catalyst's has no option for the Configuration. */
export const appOptions = {
  endpoint,
  'endpoint-token': endpointToken,
  'endpoint-token-from-env': endpointTokenFromEnv,
  'endpoint-token-from-file': endpointTokenFromFile,
  'endpoint-token-header': endpointTokenHeader,
  ...alike,
} as const

export function fromAppOptions(
  options: CommandInput<ArgumentSpecs, typeof appOptions>['options'],
): AppIdOptions {
  return {
    ...options,
    'app-config': undefined,
    'app-endpoint': options.endpoint,
    'app-token': options['endpoint-token'],
    'app-token-from-env': options['endpoint-token-from-env'],
    'app-token-from-file': options['endpoint-token-from-file'],
    'app-token-header': options['endpoint-token-header'],
  }
}

/** Reads the token from where it is. Throws USAGE when options contradict each other. */
export async function appIdSettings(
  context: CommandContext,
  options: AppIdOptions,
  word: AppWord,
): Promise<AppIdSettings> {
  const settings = {
    appConfig: options['app-config'],
    endpointUrl: options['app-endpoint'],
    endpointToken: await appToken(context, options, word),
    endpointTokenHeader: options['app-token-header'],
    endpointTimeoutSeconds: options['app-channel-timeout-seconds'],
    protocol: options['app-protocol'],
    healthCheckEnabled: healthCheckEnabled(options),
    healthCheckPath: options['app-health-check-path'],
    healthCheckInterval: options['app-health-probe-interval'],
    healthCheckTimeout: options['app-health-probe-timeout'],
    healthCheckThreshold: options['app-health-threshold'],
  }
  warnOfNotRun(context, options)
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

function warnOfNotRun(context: CommandContext, options: AppIdOptions): void {
  if (options['app-channel-timeout-seconds'] === undefined) return
  const warning = context.style.warning('warning:')
  context.notice(`${warning} stored but not run here: --app-channel-timeout-seconds.`)
}

function healthCheckEnabled(options: AppIdOptions): boolean | undefined {
  if (options['enable-app-health-check'] && options['disable-app-health-check']) {
    throw contradiction(['enable-app-health-check', 'disable-app-health-check'])
  }
  if (options['enable-app-health-check']) return true
  return options['disable-app-health-check'] ? false : undefined
}

async function appToken(
  context: CommandContext,
  options: AppIdOptions,
  word: AppWord,
): Promise<Secret | undefined> {
  const flag = word === 'app' ? '--endpoint-token' : '--app-token'
  const sources = ['app-token', 'app-token-from-env', 'app-token-from-file'] as const
  const given = sources.filter((name) => options[name] !== undefined)
  if (given.length > 1) {
    throw contradiction(given.map((name) => name.replace('app-token', flag.slice(2))))
  }
  const variable = options['app-token-from-env']
  if (variable !== undefined) return readSecret(context, { variable })
  const file = options['app-token-from-file']
  if (file !== undefined) return readSecret(context, { file })
  const token = options['app-token']
  if (token === '-') return readSecret(context, { prompt: 'App token' })
  if (token !== undefined && token !== '') {
    context.notice(
      `${context.style.warning('warning:')} ${flag} shows the token to everyone who can list the processes of this machine.`,
    )
    context.notice(`hint: Use ${flag} -, ${flag}-from-env or ${flag}-from-file.`)
  }
  return token === undefined ? undefined : new Secret(token)
}

function contradiction(names: readonly string[]): McpAuthError {
  const flags = names.map((name) => `--${name}`).join(' and ')
  return new McpAuthError('USAGE', `${flags} contradict each other.`, { hint: 'Keep one of them.' })
}
