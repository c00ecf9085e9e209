// `mcpauth project get` shows one project.
import { defineCommand } from '../../command.ts'
import { outputOption } from '../../options.ts'
import { one } from '../../output/documents.ts'
import { projectDocument } from '../../project-document.ts'

export const projectGet = defineCommand({
  description: 'Its resources are counted, and the sidecars that run are shown with their URLs.',
  args: { name: { takes: 'one', completes: 'projects', description: 'Name of the project' } },
  options: { output: outputOption },
  examples: ['mcpauth project get my-project -o json'],
  async run(context, { args }) {
    const plane = await context.controlPlane()
    const project = plane.projects.get(args.name)
    const sidecars = plane.sessions.list(project.name).map(({ appId, httpPort }) => ({
      appId,
      url: `http://127.0.0.1:${httpPort}`,
    }))
    const running = sidecars.map(({ appId, url }) => `${appId} (${url})`)
    return one(projectDocument(project, sidecars), [
      ['Name', project.name],
      ['Current', project.active ? 'yes' : 'no'],
      ['Resources', String(project.resources)],
      ['Running', running.length === 0 ? 'none' : running.join(', ')],
      ['Created', project.createdAt],
    ])
  },
})
