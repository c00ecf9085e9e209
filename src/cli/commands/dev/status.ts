// `mcpauth dev status` lists the running sidecars of a project, and those that ended without a word.
import type { SessionRecord } from '../../../control-plane/sessions.ts'
import { defineCommand } from '../../command.ts'
import { outputOption, projectOption } from '../../options.ts'
import { sessionDocument } from '../../session-document.ts'
import { table } from '../../output/table.ts'

export const devStatus = defineCommand({
  description:
    'One line for each sidecar: App ID, process, ports, since when. A dead one was killed and could not say so; ' +
    '"mcpauth dev cleanup" removes it.',
  args: {},
  options: { project: projectOption, output: outputOption },
  examples: ['mcpauth dev status', 'mcpauth dev status -o json'],
  async run(context, { options }) {
    const plane = await context.controlPlane()
    const records = plane.sessions.records(plane.resolveProject(options.project).name)
    return {
      json: () => ({
        items: records.map((one) => ({ ...sessionDocument(one), status: stateOf(one) })),
      }),
      names: () => records.map(({ appId }) => appId),
      text: () => table(['APP ID', 'STATUS', 'PID', 'PORT', 'INGRESS', 'SINCE'], records.map(row)),
    }
  },
})

function stateOf({ isLive }: SessionRecord): string {
  return isLive ? 'running' : 'dead'
}

function row(record: SessionRecord): string[] {
  const { appId, pid, httpPort, ingressPort, startedAt } = record
  const ingress = ingressPort === undefined ? '' : String(ingressPort)
  return [appId, stateOf(record), String(pid), String(httpPort), ingress, startedAt]
}
