// `mcpauth describe` shows one resource in full, with what it is connected to.
import { McpAuthError } from '../../core/errors.ts'
import { isLabel } from '../../core/names.ts'
import { resourceId } from '../../core/resource.ts'
import { defineCommand } from '../command.ts'
import { descriptionJson, descriptionText } from '../description.ts'
import { outputOption, projectOption } from '../options.ts'
import { toYamlText } from '../output/yaml.ts'

export const describeResource = defineCommand({
  description:
    'References are resolved as they would be now, in this folder and with these environment\n' +
    'variables; what does not resolve is shown with the reason. Names that need not exist, such as\n' +
    'those in accessControl or in the targets of a Resiliency, are "absent" when they do not.',
  args: {
    kind: {
      takes: 'one',
      description: 'Kind: component, configuration, httpendpoint, appid, or another one',
    },
    name: { takes: 'one', description: 'Name of the resource' },
  },
  options: { project: projectOption, output: outputOption },
  examples: ['mcpauth describe component oauth2', 'mcpauth describe appid mcp-client -o json'],
  async run(context, { args, options }) {
    const { kindOf } = await import('../kind-words.ts')
    const kind = kindOf(args.kind)
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    if (kind === 'Project') checkManifest(plane.resources.list(project), args.name)
    const description = plane.describe(project, kind, args.name)
    const yaml = options.output === 'table' ? await toYamlText(description.resource.manifest) : ''
    return {
      json: () => descriptionJson(description),
      names: () => [resourceId(description.resource)],
      text: (style) => descriptionText(description, { project, yaml, style }),
    }
  },
})

/** A manifest of the kind Project can be stored; who asks for another name means the project itself. */
function checkManifest(
  stored: readonly { readonly kind: string; readonly name: string }[],
  name: string,
): void {
  if (stored.some((resource) => resource.kind === 'Project' && resource.name === name)) return
  throw new McpAuthError('RESOURCE_NOT_FOUND', 'A project is no resource of a project.', {
    hint: `mcpauth project get ${isLabel(name) ? name : 'NAME'}`,
  })
}
