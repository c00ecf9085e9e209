// `mcpauth secret delete` deletes one key of a secret, or the secret whole.
import { defineCommand } from '../../command.ts'
import { confirm } from '../../confirm.ts'
import { confirmOptions, forceOption, outputOption, projectOption } from '../../options.ts'
import { deleted } from '../../output/documents.ts'
import { secretApiVersion } from '../../secret-documents.ts'

export const secretDelete = defineCommand({
  description:
    'Asks first. A secret that a manifest refers to is kept unless forced: without it calls are refused.',
  args: {
    name: { takes: 'one', completes: 'secrets', description: 'Name of the secret' },
    key: {
      takes: 'optional',
      completes: 'secret-keys',
      description: 'Key in it; all keys when absent',
    },
  },
  options: {
    force: forceOption,
    ...confirmOptions,
    project: projectOption,
    output: outputOption,
  },
  examples: [
    'mcpauth secret delete oauth-secret clientSecret --yes',
    'mcpauth secret delete oauth-secret --yes',
  ],
  async run(context, { args, options }) {
    const { name, key } = args
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const label = key === undefined ? name : `${name}/${key}`
    await confirm(
      context,
      `Delete secret "${label}" of project "${project}"?`,
      options.yes || options.approve || options.force,
    )
    const only = key === undefined ? {} : { key }
    plane.secrets.delete(project, name, { ...only, force: options.force })
    const document = { apiVersion: secretApiVersion, kind: 'Secret', name }
    return { ...deleted(document), text: () => `secret/${label} deleted\n` }
  },
})
