// `mcpauth listen`: a debugging app behind the sidecar of an App ID.
import type { ShownRequest } from '../../dev/debug-app.ts'
import { defineCommand } from '../command.ts'
import { devWorld } from '../dev-world.ts'
import { projectOption } from '../options.ts'
import { daprHttpPortOption, ingressPortOption } from '../sidecar-options.ts'
import { printable } from '../../core/quote.ts'

export const listen = defineCommand({
  description:
    'Starts the sidecar of an App ID that exists, with an app behind it that prints every request that gets through, its ' +
    'credentials as ***, and answers 200. What the sidecar refuses is in its own log, on standard error. Ctrl-C ends it.',
  args: {},
  options: {
    id: {
      type: 'string',
      short: 'a',
      value: 'APP-ID',
      completes: 'app-ids',
      required: true,
      description: 'Whose calls are shown',
    },
    'ingress-port': ingressPortOption,
    'dapr-http-port': daprHttpPortOption,
    output: {
      type: 'string',
      short: 'o',
      value: 'FORMAT',
      choices: ['text', 'json'],
      default: 'text',
      description: 'How to print a request; json: one object a line',
    },
    project: projectOption,
  },
  exitCodes: { 1: 'There is no such App ID, or its sidecar runs already', 130: 'Ended by Ctrl-C' },
  examples: [
    'mcpauth listen --id mcp-server',
    'mcpauth listen --id mcp-server --ingress-port 8080 -o json',
  ],
  async run(context, { options }) {
    const surroundings = await devWorld(context)
    const { controlPlane, stdout } = surroundings
    const project = controlPlane.resolveProject(options.project).name
    const appId = options.id.toLowerCase()
    controlPlane.appIds.get(project, appId)
    const { boundedOutput } = await import('../../dev/bounded-output.ts')
    const { startDebugApp } = await import('../../dev/debug-app.ts')
    const { runDev } = await import('../../dev/run.ts')
    const output = boundedOutput(stdout)
    const format = options.output === 'json' ? toLine : toText
    const app = await startDebugApp((request) => output.write(format(request)))
    try {
      const run = { ...runOptions, project, appId, appPort: app.port }
      const ports = {
        daprHttpPort: options['dapr-http-port'],
        ingressPort: options['ingress-port'],
      }
      return await runDev({ ...run, ...ports }, surroundings)
    } finally {
      app.close()
    }
  },
})

/** What the run of a debugging app always is. */
const runOptions = {
  config: undefined,
  resourcesPaths: [],
  env: {},
  appDirPath: '.',
  maxBodyBytes: 16 * 1024 * 1024,
  // Probes of an app that is always well would be all there is to see.
  health: { enabled: false },
  allowedUrls: new Set<string>(),
  enableApiLogging: false,
  logFormat: 'text',
  command: [],
} as const

function toLine({ method, url, headers, body, bytes, isCut }: ShownRequest): string {
  const shown = body === undefined ? {} : { body }
  return `${JSON.stringify({ method, url, headers, ...shown, bytes, isCut })}\n`
}

function toText({ method, url, headers, body, bytes, isCut }: ShownRequest): string {
  const head = [`${method} ${url}`, ...headers.map(([name, value]) => `  ${name}: ${value}`)]
  const lines = body === undefined ? [`(${bytes} bytes that are no text)`] : body.split('\n')
  const rest = isCut ? [`(${bytes} bytes; the rest is not shown)`] : []
  const shown = bytes === 0 ? [] : ['', ...[...lines, ...rest].map((line) => `  ${line}`)]
  // A terminal must not obey what a caller says.
  return `${[...head, ...shown].map((line) => printable(line)).join('\n')}\n\n`
}
