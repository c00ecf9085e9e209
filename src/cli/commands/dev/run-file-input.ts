// The run file of `dev run -f`, read and shown with all that is wrong with it.
import type { Diagnostic } from '../../../core/diagnostic.ts'
import { McpAuthError } from '../../../core/errors.ts'
import type { RunFileOptions } from '../../../dev/run-file.ts'
import { logDestination } from '../../../dev/run-file-settings.ts'
import type { CommandContext } from '../../context.ts'
import { envServerPortOf, originOf, type DevRunFlags } from './run-input.ts'

interface RunFileInput {
  readonly file: string
  readonly command: readonly string[]
  readonly flags: DevRunFlags
}

/** Throws USAGE for what belongs into the file, and MANIFEST_INVALID once what is wrong with the file is shown. */
export async function readApps(
  context: CommandContext,
  { file, command, flags }: RunFileInput,
): Promise<RunFileOptions> {
  refuseFlags(flags, command)
  const { invalidRunFile, loadRunFile } = await import('../../../dev/run-file.ts')
  const envServerPort = envServerPortOf(flags)
  const place = {
    path: file,
    cwd: context.world.cwd,
    stdin: async () => context.stdin(),
    taken: new Map(
      envServerPort === undefined ? [] : [[envServerPort, '--app-id-env-server-port']],
    ),
  }
  const { options, diagnostics, sources } = await loadRunFile(place, {
    project: flags.project,
    logFormat: flags['log-format'],
    allowedUrls: new Set(flags['allow-invoke-url'].map((origin) => originOf(origin))),
  })
  await show(context, { diagnostics, sources, format: flags['log-format'] })
  if (options === undefined) throw invalidRunFile(diagnostics)
  const { login, 'use-env-proxy': useEnvProxy } = flags
  const appLogDestination = logDestination(flags['app-log-destination'])
  const logging = {
    ...(flags['enable-api-logging'] ? { enableApiLogging: true } : {}),
    ...(appLogDestination === undefined ? {} : { appLogDestination }),
  }
  return {
    ...options,
    apps: options.apps.map((app) => ({ ...app, login, useEnvProxy, ...logging })),
  }
}

/** Flag → whether it is one of a single app. */
function refuseFlags(flags: DevRunFlags, command: readonly string[]): void {
  const given = (
    [
      'app-id',
      'id',
      'app-port',
      'config',
      'dapr-http-port',
      'ingress-port',
      'public-url',
      'dapr-http-max-request-size',
      'read-buffer-size',
      'dapr-http-read-buffer-size',
      'app-health-check-path',
      'app-health-probe-interval',
      'app-health-probe-timeout',
      'app-health-threshold',
    ] as const
  ).find((name) => flags[name] !== undefined)
  const list = (['resources-path', 'env'] as const).find((name) => flags[name].length > 0)
  const health = flags['enable-app-health-check'] ? 'enable-app-health-check' : undefined
  const flag = given ?? list ?? health
  if (flag === undefined && command.length === 0) return
  const what = flag === undefined ? 'The command after "--"' : `--${flag}`
  throw new McpAuthError('USAGE', `${what} and --run-file exclude each other.`, {
    hint: 'Write it into the run file, for the app that it is meant for.',
  })
}

interface Shown {
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: ReadonlyMap<string, string>
  readonly format: 'text' | 'json'
}

async function show(
  { world, style }: CommandContext,
  { diagnostics, sources, format }: Shown,
): Promise<void> {
  if (diagnostics.length === 0) return
  if (format === 'json') {
    const time = new Date(world.clock.now()).toISOString()
    for (const one of diagnostics) {
      world.stderr.write(`${JSON.stringify({ time, type: 'diagnostic', ...one })}\n`)
    }
    return
  }
  const { renderDiagnostics } = await import('../../../manifest/render.ts')
  world.stderr.write(renderDiagnostics(diagnostics, sources, style))
}
