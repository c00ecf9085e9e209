// `mcpauth secret set` stores a secret that manifests refer to with secretKeyRef.
import { McpAuthError } from '../../../core/errors.ts'
import { defineCommand } from '../../command.ts'
import { outputOption, projectOption } from '../../options.ts'
import { changed } from '../../output/documents.ts'
import { secretDocument } from '../../secret-documents.ts'
import { readSecret, type SecretSource } from '../../secret-input.ts'

export const secretSet = defineCommand({
  description:
    'The value comes from a file, an environment variable or standard input, never from the command line,\n' +
    'which every process of the machine can read. On a terminal it is asked for and not shown.\n' +
    'One line break at its end is left out.',
  args: {
    name: { takes: 'one', completes: 'secrets', description: 'Name of the secret' },
    key: {
      takes: 'optional',
      completes: 'secret-keys',
      description: 'Key in it; the name when absent',
    },
  },
  options: {
    'from-file': {
      type: 'string',
      value: 'FILE',
      completes: 'files',
      description: 'Read the value from a file',
    },
    'from-env': {
      type: 'string',
      value: 'VARIABLE',
      description: 'Read the value from an environment variable',
    },
    project: projectOption,
    output: outputOption,
  },
  examples: [
    'mcpauth secret set oauth-secret clientSecret',
    'mcpauth secret set oauth-secret clientSecret --from-env CLIENT_SECRET',
    'vault read -field=value secret/oauth | mcpauth secret set oauth-secret clientSecret',
  ],
  async run(context, { args, options }) {
    const { name, key = name } = args
    const prompt = `Value of ${name}/${key}`
    const value = await readSecret(context, source(options, prompt))
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const action = plane.secrets.set(project, name, key, value)
    const views = plane.secrets.list(project).filter((secret) => secret.name === name)
    const document = secretDocument(name, views)
    return { ...changed(document, action), text: () => `secret/${name}/${key} ${action}\n` }
  },
})

function source(
  options: { readonly 'from-file': string | undefined; readonly 'from-env': string | undefined },
  prompt: string,
): SecretSource {
  const { 'from-file': file, 'from-env': variable } = options
  if (file !== undefined && variable !== undefined) {
    throw new McpAuthError('USAGE', '--from-file and --from-env contradict each other.', {
      hint: 'Keep one of them.',
    })
  }
  if (file !== undefined) return { file }
  return variable === undefined ? { prompt } : { variable }
}
