// `mcpauth export` writes what is stored as manifests that can be applied again.
import { McpAuthError } from '../../core/errors.ts'
import { defineCommand } from '../command.ts'
import { projectOption } from '../options.ts'
import { singleLine } from '../output/table.ts'

export const exportResources = defineCommand({
  description:
    'One YAML stream on standard output, by kind and name, or with -d one file a resource. Applying it\n' +
    'again finds everything unchanged. Secrets stay where they are: references are exported, values never.\n' +
    'For a secret that stands in clear in a resource, a reference to RESOURCE/SETTING of the built-in\n' +
    'store is exported if that has the same value; else nothing is exported.',
  args: {},
  options: {
    kind: {
      type: 'strings',
      short: 'k',
      value: 'KIND',
      description: 'Only this kind, such as component or appid; repeatable',
    },
    directory: {
      type: 'string',
      short: 'd',
      value: 'DIR',
      description: 'Folder for one file a resource; made when missing',
    },
    force: { type: 'boolean', description: 'With -d: overwrite files that differ' },
    project: projectOption,
  },
  examples: [
    'mcpauth export > my-project.yaml',
    'mcpauth export -d manifests --kind component --kind configuration',
  ],
  async run(context, { options }) {
    const { directory, force } = options
    if (force && directory === undefined) {
      throw new McpAuthError('USAGE', '--force overwrites files, but no folder is named.', {
        hint: 'Name one with -d, or leave --force out.',
      })
    }
    const { kindOf } = await import('../kind-words.ts')
    const kinds = options.kind.map((word) => kindOf(word))
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const resources = plane.resources
      .portable(project)
      .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
    const { withReferences } = await import('../export/inline-secrets.ts')
    const { streamText } = await import('../export/documents.ts')
    const manifests = withReferences(context, resources)
    const documents = resources.map(({ kind, name }, index) => ({
      kind,
      name,
      comments: [],
      manifest: manifests[index] ?? {},
    }))
    if (documents.length === 0) context.notice(`Project ${project}: nothing to export.`)
    if (directory === undefined) return streamText(documents)
    const { writeDocuments } = await import('../export/files.ts')
    const target = { cwd: context.world.cwd, folder: directory, force }
    const files = await writeDocuments(documents, target)
    return files.map(({ path, action }) => `${singleLine(path)} ${action}\n`).join('')
  },
})
