// `mcpauth dev cleanup` removes what killed sidecars left behind.
import { defineCommand } from '../../command.ts'
import { outputOption, projectOption } from '../../options.ts'
import { sessionDocument } from '../../session-document.ts'

export const devCleanup = defineCommand({
  description:
    'Removes the records and sockets of sidecars whose processes are gone, in all projects. What runs is not touched. ' +
    '"mcpauth dev run" does the same when it starts.',
  args: {},
  options: {
    project: { ...projectOption, description: 'Accepted for compatibility' },
    output: outputOption,
  },
  examples: ['mcpauth dev cleanup'],
  async run(context) {
    const plane = await context.controlPlane()
    const { cleanUp } = await import('../../../dev/stop.ts')
    const { sessions, sockets } = await cleanUp(plane, context.home, context.world.clock.now())
    const lines = [
      ...sessions.map(({ project, appId, pid }) => `${project}/${appId} removed (pid ${pid})`),
      ...(sockets === 0 ? [] : [`${sockets} ${sockets === 1 ? 'socket' : 'sockets'} removed`]),
    ]
    return {
      json: () => ({ items: sessions.map(sessionDocument), sockets }),
      names: () => sessions.map(({ appId }) => appId),
      text: () => (lines.length === 0 ? 'Nothing is left over.\n' : `${lines.join('\n')}\n`),
    }
  },
})
