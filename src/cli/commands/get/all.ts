// `mcpauth get all` lists every resource and App ID of a project in one table.
import type { AppId } from '../../../control-plane/app-ids.ts'
import { appConfigOf, appEndpointOf, statusOf } from '../../app-id-rows.ts'
import { defineCommand } from '../../command.ts'
import { outputOption, projectOption } from '../../options.ts'
import { list } from '../../output/documents.ts'
import { whatMatters } from '../../resource-commands.ts'

export const getAll = defineCommand({
  description:
    'Components, Configurations, HTTPEndpoints, Resiliency, MCP servers and the kinds that are only stored, with what matters of each. ' +
    'API tokens and secrets are never among it.',
  args: {},
  options: { project: projectOption, output: outputOption },
  examples: ['mcpauth get all', 'mcpauth get all -o name'],
  async run(context, { options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const appIds = plane.appIds.list(project)
    const others = plane.resources.list(project).filter(({ kind }) => kind !== 'AppIdentity')
    return list([...appIds, ...others], {
      heading: ['KIND', 'NAME', 'DETAILS', 'UPDATED'],
      rows: [
        ...appIds.map((appId) => [appId.kind, appId.name, details(appId), appId.updatedAt]),
        ...others.map((one) => [one.kind, one.name, whatMatters(one), one.updatedAt]),
      ],
    })
  },
})

function details(appId: AppId): string {
  const facts = [
    ['config', appConfigOf(appId)],
    ['endpoint', appEndpointOf(appId)],
  ]
  const given = facts.filter(([, value]) => value !== '').map((fact) => fact.join(' '))
  return [statusOf(appId), ...given].join(', ')
}
