// `mcpauth project use` chooses the project that commands mean without --project.
import { defineCommand } from '../../command.ts'
import { outputOption } from '../../options.ts'
import { changed } from '../../output/documents.ts'
import { projectDocument } from '../../project-document.ts'

export const projectUse = defineCommand({
  description:
    'The choice is kept for later commands of this user. $MCPAUTH_PROJECT goes before it, and --project before both.',
  args: { name: { takes: 'one', completes: 'projects', description: 'Name of the project' } },
  options: { output: outputOption },
  examples: ['mcpauth project use my-project'],
  async run(context, { args }) {
    const { projects } = await context.controlPlane()
    projects.use(args.name)
    const overriding = context.world.env['MCPAUTH_PROJECT']
    if (overriding !== undefined && overriding !== '' && overriding !== args.name) {
      context.notice(`warning: MCPAUTH_PROJECT=${overriding} goes before it in this environment.`)
    }
    return changed(projectDocument(projects.get(args.name)), 'in use')
  },
})
