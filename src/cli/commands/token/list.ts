// `mcpauth token list` lists the tokens of logins, never the tokens themselves.
import { defineCommand } from '../../command.ts'
import { outputOption, projectOption } from '../../options.ts'
import { list } from '../../output/documents.ts'
import { grantDocument } from '../../grant-document.ts'

export const tokenList = defineCommand({
  description: 'Who logged in for which Component, at which server, until when.',
  args: {},
  options: { project: projectOption, output: outputOption },
  examples: ['mcpauth token list'],
  async run(context, { options }) {
    const plane = await context.controlPlane()
    const grants = plane.grants.list(plane.resolveProject(options.project).name)
    return list(
      grants.map((grant) => grantDocument(grant)),
      {
        heading: ['COMPONENT', 'USER', 'ISSUER', 'RESOURCE', 'SCOPE', 'EXPIRES', 'RENEWED'],
        rows: grants.map((grant) => [
          grant.component,
          grant.user ?? grant.subject,
          grant.issuer,
          grant.resource,
          grant.grantedScope ?? grant.scopes.join(' '),
          grant.expiresAt ?? 'login needed',
          grant.isRenewable ? 'yes' : 'no',
        ]),
      },
    )
  },
})
