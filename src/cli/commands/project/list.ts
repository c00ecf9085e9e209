// `mcpauth project list` lists the projects and marks the current one.
import { defineCommand } from '../../command.ts'
import { outputOption } from '../../options.ts'
import { list } from '../../output/documents.ts'
import { projectDocument } from '../../project-document.ts'

export const projectList = defineCommand({
  description:
    'The chosen one is what commands mean without --project and without $MCPAUTH_PROJECT.',
  args: {},
  options: { output: outputOption },
  examples: ['mcpauth project list'],
  async run(context) {
    const { projects } = await context.controlPlane()
    const all = projects.list()
    return list(
      all.map((project) => projectDocument(project)),
      {
        heading: ['', 'NAME', 'RESOURCES', 'CREATED'],
        rows: all.map(({ active, name, resources, createdAt }) => [
          active ? '*' : '',
          name,
          String(resources),
          createdAt,
        ]),
      },
    )
  },
})
