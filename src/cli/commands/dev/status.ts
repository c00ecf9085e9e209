// `mcpauth dev status` lists the running sidecars of a project, and those that ended without a word.
import type { SessionRecord } from '../../../control-plane/sessions.ts'
import type { SessionHealth } from '../../../dev/session-health.ts'
import { defineCommand } from '../../command.ts'
import { outputOption, projectOption } from '../../options.ts'
import { sessionDocument } from '../../session-document.ts'
import { table } from '../../output/table.ts'

export const devStatus = defineCommand({
  description:
    'One line for each sidecar: App ID, process, ports, whether its app is healthy where that is checked, since when. A dead ' +
    'one was killed and could not say so; "mcpauth dev cleanup" removes it.',
  args: {},
  options: { project: projectOption, output: outputOption },
  examples: ['mcpauth dev status', 'mcpauth dev status -o json'],
  async run(context, { options }) {
    const plane = await context.controlPlane()
    const { sessionHealth } = await import('../../../dev/session-health.ts')
    const records = await Promise.all(
      plane.sessions.records(plane.resolveProject(options.project).name).map(async (record) => {
        const health = record.isLive ? await sessionHealth(record) : undefined
        return { ...record, health }
      }),
    )
    return {
      json: () => ({
        items: records.map((one) => ({
          ...sessionDocument(one),
          status: stateOf(one),
          ...(one.health === undefined ? {} : { health: one.health }),
        })),
      }),
      names: () => records.map(({ appId }) => appId),
      text: () =>
        table(['APP ID', 'STATUS', 'HEALTH', 'PID', 'PORT', 'INGRESS', 'SINCE'], records.map(row)),
    }
  },
})

function stateOf({ isLive }: SessionRecord): string {
  return isLive ? 'running' : 'dead'
}

function row(record: SessionRecord & { readonly health: SessionHealth | undefined }): string[] {
  const { appId, health = '', pid, httpPort, ingressPort, startedAt } = record
  const ingress = ingressPort === undefined ? '' : String(ingressPort)
  return [appId, stateOf(record), health, String(pid), String(httpPort), ingress, startedAt]
}
