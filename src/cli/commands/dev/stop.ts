// `mcpauth dev stop` ends running sidecars with their commands.
import { McpAuthError } from '../../../core/errors.ts'
import { defineCommand } from '../../command.ts'
import { outputOption, projectOption } from '../../options.ts'
import { sessionDocument } from '../../session-document.ts'

export const devStop = defineCommand({
  description:
    'Asks the processes to end as Ctrl-C in their terminals does, and waits until they have. The apps of one run file are one ' +
    'process and end together. --project alone means all of that project.',
  args: {
    apps: { takes: 'rest', completes: 'app-ids', description: 'App IDs' },
  },
  options: {
    id: {
      type: 'strings',
      short: 'a',
      value: 'NAME',
      completes: 'app-ids',
      description: 'App ID, as an argument; may be repeated',
    },
    all: { type: 'boolean', description: 'All that run in the project' },
    project: projectOption,
    output: outputOption,
  },
  examples: ['mcpauth dev stop mcp-server', 'mcpauth dev stop --all'],
  async run(context, { args, options }) {
    const names = [...args.apps, ...options.id]
    const isAll = options.all || (names.length === 0 && options.project !== undefined)
    if (isAll ? options.all && names.length > 0 : names.length === 0) {
      throw new McpAuthError('USAGE', 'Name App IDs, or give --all.', {
        hint: 'See what runs with: mcpauth dev status',
      })
    }
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const { stopSessions } = await import('../../../dev/stop.ts')
    const stopped = await stopSessions(plane, project, isAll ? undefined : names)
    return {
      json: () => ({ items: stopped.map(sessionDocument) }),
      names: () => stopped.map(({ appId }) => appId),
      text: () =>
        stopped.length === 0
          ? 'Nothing runs.\n'
          : stopped.map(({ appId, pid }) => `${appId} stopped (pid ${pid})\n`).join(''),
    }
  },
})
