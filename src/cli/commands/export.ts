// `mcpauth export` writes what is stored as manifests that can be applied again.
import { McpAuthError } from '../../core/errors.ts'
import { isLabel, labelRule } from '../../core/names.ts'
import type { PortableResource } from '../../control-plane/resources.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../context.ts'
import type { ExportDocument } from '../export/documents.ts'
import type { KubernetesScene } from '../export/kubernetes/index.ts'
import { projectOption } from '../options.ts'
import { singleLine } from '../output/table.ts'

export const exportResources = defineCommand({
  description:
    'One YAML stream on standard output, by kind and name, or with -d one file a resource. Applying\n' +
    'it again finds everything unchanged. Secrets stay where they are: references are exported, values\n' +
    'never. For a secret that stands in clear in a resource, a reference to RESOURCE/SETTING of the\n' +
    'built-in store is exported if that has the same value; else nothing is exported.\n\n' +
    'For kubernetes the manifests are what Dapr honours there: oauth2 becomes oauth2clientcredentials,\n' +
    'secrets become references to Kubernetes Secrets, and App IDs annotations of pods, both described\n' +
    'in comments. What cannot be carried over is a comment and a warning.',
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
      completes: 'folders',
      description: 'Folder for one file a resource; made when missing',
    },
    target: {
      type: 'string',
      short: 't',
      value: 'TARGET',
      choices: ['mcpauth', 'kubernetes'],
      default: 'mcpauth',
      description: 'Who is to read the manifests',
    },
    namespace: {
      type: 'string',
      short: 'n',
      value: 'NAME',
      description: 'For kubernetes: namespace of everything; default when absent',
    },
    force: { type: 'boolean', description: 'With -d: overwrite files that differ' },
    project: projectOption,
  },
  examples: [
    'mcpauth export > my-project.yaml',
    'mcpauth export -d manifests --kind component --kind configuration',
    'mcpauth export --target kubernetes --namespace prod -d deploy',
  ],
  async run(context, { options }) {
    checkOptions(options)
    const { kindOf } = await import('../kind-words.ts')
    const kinds = options.kind.map((word) => kindOf(word))
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const all = plane.resources.portable(project)
    const resources = all.filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
    if (resources.length === 0) context.notice(`Project ${project}: nothing to export.`)
    const { namespace = 'default' } = options
    const documents =
      options.target === 'kubernetes'
        ? await forKubernetes(context, resources, { namespace, project, all })
        : await forMcpauth(context, resources)
    const { directory, force } = options
    if (directory === undefined) {
      const { streamText } = await import('../export/documents.ts')
      return streamText(documents)
    }
    const { writeDocuments } = await import('../export/files.ts')
    const target = { cwd: context.world.cwd, folder: directory, force }
    const files = await writeDocuments(documents, target)
    return files.map(({ path, action }) => `${singleLine(path)} ${action}\n`).join('')
  },
})

interface Choices {
  readonly directory: string | undefined
  readonly force: boolean
  readonly target: string
  readonly namespace: string | undefined
}

function checkOptions({ directory, force, target, namespace }: Choices): void {
  if (force && directory === undefined) {
    throw new McpAuthError('USAGE', '--force overwrites files, but no folder is named.', {
      hint: 'Name one with -d, or leave --force out.',
    })
  }
  if (namespace === undefined) return
  if (target !== 'kubernetes') {
    throw new McpAuthError('USAGE', '--namespace is for --target kubernetes.', {
      hint: 'Add --target kubernetes, or leave --namespace out.',
    })
  }
  if (isLabel(namespace)) return
  throw new McpAuthError('USAGE', `"${namespace}" cannot be a namespace.`, {
    hint: `Use ${labelRule}.`,
  })
}

async function forMcpauth(
  context: CommandContext,
  resources: readonly PortableResource[],
): Promise<ExportDocument[]> {
  const { withReferences } = await import('../export/inline-secrets.ts')
  const manifests = withReferences(context, resources)
  return resources.map(({ kind, name }, index) => ({
    kind,
    name,
    comments: [],
    manifest: manifests[index] ?? {},
  }))
}

async function forKubernetes(
  context: CommandContext,
  resources: readonly PortableResource[],
  scene: KubernetesScene,
): Promise<readonly ExportDocument[]> {
  const { kubernetesExport } = await import('../export/kubernetes/index.ts')
  const { documents, warnings } = kubernetesExport(resources, scene)
  for (const warning of warnings) {
    context.notice(`${context.style.warning('warning:')} ${singleLine(warning)}`)
  }
  return documents
}
