// `mcpauth dev run`: a command beside its sidecar, or the apps of a run file.
import { defineCommand } from '../../command.ts'
import { devWorld } from '../../dev-world.ts'
import { daprHttpPortOption, healthCheckOptions, ingressPortOption } from '../../sidecar-options.ts'
import { readApps } from './run-file-input.ts'
import { envServerPortOf, toDevRunOptions } from './run-input.ts'

export const devRun = defineCommand({
  description:
    'Applies what is given, starts the sidecar, then the command after "--" with DAPR_HTTP_ENDPOINT pointing at it. ' +
    'Edits and applies take effect while it runs. With --run-file it does so for all apps of the file: their manifests ' +
    'are applied together, then all sidecars start, then the commands.',
  args: {
    command: {
      description: 'The command and its arguments, after "--"',
      takes: 'rest',
      completes: 'files',
    },
  },
  passThrough: true,
  options: {
    project: {
      type: 'string',
      value: 'NAME',
      completes: 'projects',
      description: 'Project; else $MCPAUTH_PROJECT, else the one chosen with "project use"',
    },
    'app-id': {
      type: 'string',
      value: 'NAME',
      completes: 'app-ids',
      description: 'App ID (lower-cased); created when it is missing',
    },
    id: {
      type: 'string',
      short: 'a',
      value: 'NAME',
      completes: 'app-ids',
      description: 'The same as --app-id',
    },
    'app-port': {
      type: 'integer',
      short: 'p',
      value: 'PORT',
      min: 0,
      max: 65_535,
      description: 'Port the command listens on, for calls to this App ID; 0: none',
    },
    config: {
      type: 'string',
      value: 'FILE',
      completes: 'files',
      description: 'Manifest of one Configuration: applied, and attached to the App ID',
    },
    'resources-path': {
      type: 'strings',
      value: 'PATH',
      completes: 'files',
      description: 'Folder or file of manifests to apply; may be repeated',
    },
    env: {
      type: 'strings',
      short: 'e',
      value: 'NAME=VALUE',
      description: 'Environment variable of the command; may be repeated',
    },
    'app-dir-path': {
      type: 'string',
      value: 'DIR',
      completes: 'folders',
      default: '.',
      description: 'Folder the command starts in',
    },
    'app-protocol': {
      type: 'string',
      value: 'PROTOCOL',
      choices: ['http'],
      default: 'http',
      description: 'Protocol of the command; gRPC is not served',
    },
    'dapr-http-port': daprHttpPortOption,
    'ingress-port': ingressPortOption,
    'public-url': {
      type: 'string',
      value: 'URL',
      description:
        'URL at which callers reach the ingress, such as one of a proxy in front of it; else http://127.0.0.1:PORT',
    },
    'max-body-size': {
      type: 'string',
      value: 'SIZE',
      default: '4Mi',
      description: 'Largest request body, such as 512Ki or 16Mi',
    },
    'dapr-http-max-request-size': {
      type: 'integer',
      value: 'MIB',
      min: 1,
      max: 1024,
      description: 'Older flag of Dapr for --max-body-size, in MiB',
    },
    'read-buffer-size': {
      type: 'string',
      value: 'SIZE',
      description: 'Longest headers of a request, and of an answer, from 1Ki to 1Mi; default: 16Ki',
    },
    'dapr-http-read-buffer-size': {
      type: 'integer',
      value: 'KIB',
      min: 1,
      max: 1024,
      description: 'Older flag of Dapr for --read-buffer-size, in KiB',
    },
    'use-env-proxy': {
      type: 'boolean',
      description:
        'Call HTTPEndpoints through HTTP_PROXY and HTTPS_PROXY, except those in NO_PROXY',
    },
    'allow-invoke-url': {
      type: 'strings',
      value: 'ORIGIN',
      description: 'Let the command call /v1.0/invoke/ORIGIN/method/…, unencoded; may be repeated',
    },
    'enable-app-health-check': {
      type: 'boolean',
      description: 'Call the command only while its health check succeeds; else calls get 503',
    },
    ...healthCheckOptions,
    'app-id-env-server-enabled': {
      type: 'boolean',
      description:
        'Serve the environment of each App ID at http://127.0.0.1:PORT/APP-ID, for debuggers',
    },
    'app-id-env-server-port': {
      type: 'integer',
      value: 'PORT',
      min: 0,
      max: 65_535,
      description: 'Port of that server; default: 8001; 0: a free one',
    },
    'enable-api-logging': {
      type: 'boolean',
      description: "Also log calls to the sidecar's own API",
    },
    'app-log-destination': {
      type: 'string',
      value: 'WHERE',
      choices: ['console', 'file', 'fileAndConsole', 'all'],
      description:
        'Where the output of the command goes; files lie below .dapr/logs in its folder; all: fileAndConsole; default: console, or as the run file says',
    },
    'log-format': {
      type: 'string',
      value: 'FORMAT',
      choices: ['text', 'json'],
      default: 'text',
      description: 'How to write the log',
    },
    login: {
      type: 'string',
      value: 'WHEN',
      choices: ['auto', 'wait', 'never'],
      default: 'auto',
      description:
        'When a login is missing: log in now, wait for "mcpauth login" elsewhere, or fail; without a terminal it fails',
    },
    'run-file': {
      type: 'string',
      short: 'f',
      value: 'FILE',
      completes: 'files',
      description: 'Run file with several apps, or a folder with a dapr.yaml; - is standard input',
    },
    'on-exit': {
      type: 'string',
      value: 'ACTION',
      choices: ['stop', 'keep', 'restart'],
      default: 'stop',
      description: 'What happens to a run of several apps when one of them fails',
    },
    'dry-run': {
      type: 'boolean',
      description: 'Show what would be applied and started, and do nothing of it',
    },
    'skip-managed-kv': { type: 'boolean', description: 'Accepted for compatibility' },
    'skip-managed-pubsub': { type: 'boolean', description: 'Accepted for compatibility' },
    'skip-managed-workflow': { type: 'boolean', description: 'Accepted for compatibility' },
    'skip-default-resiliency': { type: 'boolean', description: 'Accepted for compatibility' },
    approve: { type: 'boolean', description: 'Accepted for compatibility: nothing is asked' },
    yes: { type: 'boolean', short: 'y', description: 'The same as --approve' },
  },
  exitCodes: {
    '0-255':
      'What the command exits with, once it has started; of several, the one that failed first',
    2: 'A manifest is not valid, or the command line is wrong',
  },
  examples: [
    'mcpauth dev run --app-id mcp-client --config config/oauth2-client.yaml --resources-path components -- python mcpclient.py',
    'mcpauth dev run -f dapr.yaml --on-exit restart',
    'mcpauth dev run -f dapr.yaml --dry-run',
    'mcpauth dev run --app-id mcp-server --app-port 8000 --ingress-port 8080 -- node server.js',
  ],
  async run(context, { args, options }) {
    const file = options['run-file']
    const envServerPort = envServerPortOf(options)
    const single = file === undefined ? toDevRunOptions(args.command, options) : undefined
    const many =
      file === undefined
        ? undefined
        : await readApps(context, { file, command: args.command, flags: options })
    const surroundings = await devWorld(context)
    if (options['dry-run']) {
      const { dryRun } = await import('../../../dev/dry-run.ts')
      const { dryRunText } = await import('./dry-run-text.ts')
      const run = many ?? { apps: single === undefined ? [] : [single] }
      const found = await dryRun({ ...run, envServerPort }, surroundings)
      if (options['log-format'] === 'json') return `${JSON.stringify(found, null, 2)}\n`
      context.notice('Dry run: nothing was started or stored.')
      return dryRunText(found)
    }
    if (single !== undefined) {
      const { runDev } = await import('../../../dev/run.ts')
      return runDev({ ...single, envServerPort }, surroundings)
    }
    if (many === undefined) return undefined
    const { runMany } = await import('../../../dev/run-many.ts')
    const paintApp = await context.palette()
    const onExit = options['on-exit']
    return runMany({ ...many, envServerPort, onExit }, { ...surroundings, paintApp })
  },
})
