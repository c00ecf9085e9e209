// `mcpauth dev scaffold` writes a run file from the App IDs of a project.
import { resolve } from 'node:path'

import type { AppId } from '../../../control-plane/app-ids.ts'
import { McpAuthError } from '../../../core/errors.ts'
import { appConfigOf, appEndpointOf } from '../../app-id-rows.ts'
import { defineCommand } from '../../command.ts'
import { projectOption } from '../../options.ts'
import { singleLine } from '../../output/table.ts'

export const devScaffold = defineCommand({
  description:
    'One app for each App ID, with its Configuration, and its port where its endpoint is on this machine. Tokens and ' +
    'secrets are not in it: a sidecar gives its app what it needs. Add the commands.',
  args: {},
  options: {
    project: projectOption,
    file: {
      type: 'string',
      short: 'f',
      value: 'FILE',
      completes: 'files',
      default: 'dapr.yaml',
      description: 'File to write',
    },
    force: { type: 'boolean', description: 'Overwrite the file if it exists' },
  },
  examples: ['mcpauth dev scaffold', 'mcpauth dev scaffold -f run.yaml --force'],
  async run(context, { options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const appIds = plane.appIds.list(project)
    if (appIds.length === 0) {
      throw new McpAuthError('APPID_NOT_FOUND', `The project "${project}" has no App ID.`, {
        hint: 'Create one: mcpauth appid create NAME',
      })
    }
    const { writeNewFiles } = await import('../../init/new-files.ts')
    const shown = options.file
    const path = resolve(context.world.cwd, shown)
    await writeNewFiles([{ path, shown, text: runFileText(appIds) }], options.force)
    return `${singleLine(shown)} written\n`
  },
})

function runFileText(appIds: readonly AppId[]): string {
  return ['version: 1', 'apps:', ...appIds.flatMap((appId) => appLines(appId)), ''].join('\n')
}

/** A JSON string is a YAML double-quoted scalar (YAML 1.2 §1.3), whatever it holds. */
function appLines(appId: AppId): string[] {
  const config = appConfigOf(appId)
  const port = localPort(appEndpointOf(appId))
  return [
    `  - appID: ${JSON.stringify(appId.name)}`,
    ...(port === undefined ? [] : [`    appPort: ${port}`]),
    ...(config === '' ? [] : [`    appConfig: ${JSON.stringify(config)}`]),
    '    # appDirPath: ./folder',
    '    # command: [program, argument]',
  ]
}

function localPort(endpoint: string): string | undefined {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url === undefined || !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
    return undefined
  return url.port === '' ? undefined : url.port
}
