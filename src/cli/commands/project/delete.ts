// `mcpauth project delete` deletes a project with everything in it.
import { defineCommand } from '../../command.ts'
import { confirm } from '../../confirm.ts'
import { confirmOptions, outputOption } from '../../options.ts'
import { deleted } from '../../output/documents.ts'
import { projectDocument } from '../../project-document.ts'

export const projectDelete = defineCommand({
  description:
    'Asks first, then deletes the App IDs, resources and secrets in it as well. Not while one of its sidecars runs.',
  args: { name: { takes: 'one', completes: 'projects', description: 'Name of the project' } },
  options: { ...confirmOptions, output: outputOption },
  examples: ['mcpauth project delete my-project --yes'],
  async run(context, { args, options }) {
    const { projects } = await context.controlPlane()
    const project = projects.get(args.name)
    await confirm(
      context,
      `Delete project "${project.name}" with everything in it (resources: ${project.resources})?`,
      options.yes || options.approve,
    )
    projects.delete(project.name, { force: true })
    return deleted(projectDocument(project))
  },
})
