// `mcpauth appid list` lists the App IDs of a project, without their tokens.
import { appConfigOf, appEndpointOf, statusOf } from '../../app-id-rows.ts'
import { defineCommand } from '../../command.ts'
import { outputOption, projectOption } from '../../options.ts'
import { list } from '../../output/documents.ts'

export const appIdList = defineCommand({
  description: 'Of one project, by name. The API tokens are not printed.',
  args: {},
  options: { project: projectOption, output: outputOption },
  examples: ['mcpauth appid list'],
  async run(context, { options }) {
    const plane = await context.controlPlane()
    const appIds = plane.appIds.list(plane.resolveProject(options.project).name)
    return list(appIds, {
      heading: ['NAME', 'STATUS', 'CONFIG', 'ENDPOINT'],
      rows: appIds.map((appId) => [
        appId.name,
        statusOf(appId),
        appConfigOf(appId),
        appEndpointOf(appId),
      ]),
    })
  },
})
