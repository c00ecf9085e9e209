// `mcpauth configuration create` makes a Configuration that holds nothing but access control.
import { bareConfiguration } from '../../access-policies.ts'
import { identitiesOf } from '../../app-access.ts'
import { defineCommand } from '../../command.ts'
import {
  configurationOptions,
  defaultActionOption,
  withAccess,
} from '../../configuration-options.ts'
import { changed } from '../../output/documents.ts'

export const configurationCreate = defineCommand({
  description:
    'A shortcut for accessControl; pipelines and operations are written in a manifest and applied. It has no effect until an ' +
    'App ID runs it: attach it with "mcpauth appid update".',
  args: { name: { takes: 'one', description: 'The new Configuration' } },
  options: {
    'default-action': { ...defaultActionOption, required: true },
    ...configurationOptions,
    'ignore-if-exists': {
      type: 'boolean',
      description: 'Leave a Configuration of that name as it is, without an error',
    },
  },
  examples: [
    'mcpauth configuration create mcp-server-access --default-action deny --policy mcp-client:allow',
  ],
  async run(context, { args, options }) {
    const { madeResource } = await import('../../made-resource.ts')
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const manifest = withAccess(bareConfiguration(args.name), identitiesOf(plane, project), {
      defaultAction: options['default-action'],
      policies: options.policy,
      removed: [],
    })
    const made = madeResource(context, `mcpauth configuration ${args.name}`, manifest)
    const ignoreIfExists = options['ignore-if-exists']
    const action = plane.configurations.create(project, made, { ignoreIfExists })
    return changed(plane.resources.get(project, 'Configuration', args.name), action)
  },
})
