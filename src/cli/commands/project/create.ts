// `mcpauth project create` creates a project.
import { defineCommand } from '../../command.ts'
import { outputOption, waitOption } from '../../options.ts'
import { changed } from '../../output/documents.ts'
import { projectDocument } from '../../project-document.ts'

export const projectCreate = defineCommand({
  description:
    'Projects share nothing: App IDs call only App IDs of their own project. The project "default" is always there.',
  args: { name: { takes: 'one', description: 'Name of the new project' } },
  options: {
    use: { type: 'boolean', description: 'Choose it as by "project use"' },
    wait: waitOption,
    output: outputOption,
  },
  examples: ['mcpauth project create my-project --use'],
  async run(context, { args, options }) {
    const { projects } = await context.controlPlane()
    const project = projects.create(args.name)
    if (options.use) {
      projects.use(project.name)
      context.notice(`Commands without --project now mean ${project.name}.`)
    }
    return changed(projectDocument(project), 'created')
  },
})
