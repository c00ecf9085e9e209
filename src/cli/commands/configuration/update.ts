// `mcpauth configuration update` changes the access control of a Configuration.
import { McpAuthError } from '../../../core/errors.ts'
import { bareConfiguration } from '../../access-policies.ts'
import { identitiesOf } from '../../app-access.ts'
import { defineCommand } from '../../command.ts'
import {
  configurationOptions,
  defaultActionOption,
  withAccess,
} from '../../configuration-options.ts'
import { changed } from '../../output/documents.ts'

export const configurationUpdate = defineCommand({
  description:
    'What is not named stays: pipelines, operations, policies of others. Running sidecars follow within a second.',
  args: {
    name: { takes: 'one', completes: 'configurations', description: 'Name of the Configuration' },
  },
  options: {
    'default-action': defaultActionOption,
    ...configurationOptions,
    'remove-policy': {
      type: 'strings',
      value: 'APP-ID',
      completes: 'app-ids',
      description: 'Caller whose policies go, operations included; repeatable',
    },
  },
  examples: ['mcpauth configuration update mcp-server-access --policy mcp-client:deny'],
  async run(context, { args, options }) {
    const settings = {
      defaultAction: options['default-action'],
      policies: options.policy,
      removed: options['remove-policy'],
    }
    if (Object.values(settings).every((given) => given === undefined || given.length === 0)) {
      throw new McpAuthError(
        'USAGE',
        `There is nothing to change in Configuration "${args.name}".`,
        {
          hint: 'Pass --default-action, --policy or --remove-policy.',
        },
      )
    }
    const { madeResource } = await import('../../made-resource.ts')
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const identityOf = identitiesOf(plane, project)
    const action = plane.configurations.update(project, args.name, (name, before) =>
      madeResource(
        context,
        `mcpauth configuration ${name}`,
        withAccess(before ?? bareConfiguration(name), identityOf, settings),
      ),
    )
    return changed(plane.resources.get(project, 'Configuration', args.name), action)
  },
})
