// `mcpauth secret list` lists names and keys of secrets, never values.
import { defineCommand } from '../../command.ts'
import { outputOption, projectOption } from '../../options.ts'
import { list } from '../../output/documents.ts'
import { secretDocuments } from '../../secret-documents.ts'

export const secretList = defineCommand({
  description: 'No command prints a value: it can be replaced with "mcpauth secret set", not read.',
  args: {},
  options: { project: projectOption, output: outputOption },
  examples: ['mcpauth secret list'],
  async run(context, { options }) {
    const plane = await context.controlPlane()
    const secrets = plane.secrets.list(plane.resolveProject(options.project).name)
    return list(secretDocuments(secrets), {
      heading: ['NAME', 'KEY', 'UPDATED'],
      rows: secrets.map(({ name, key, updatedAt }) => [name, key, updatedAt]),
    })
  },
})
