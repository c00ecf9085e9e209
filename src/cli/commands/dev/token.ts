// `mcpauth dev token`: an access token of the development authorization server, for curl.
import { defineCommand } from '../../command.ts'
import { outputOption } from '../../options.ts'

export const devToken = defineCommand({
  description:
    'Prints an access token signed with the keys of the development authorization server.',
  args: {},
  options: {
    aud: {
      type: 'strings',
      value: 'AUD',
      description: 'Audience; may be repeated',
      required: true,
    },
    scope: { type: 'string', value: 'SCOPES', description: 'Scopes, separated by spaces' },
    'expires-in': {
      type: 'integer',
      value: 'SECONDS',
      min: -86_400 * 365,
      max: 86_400 * 365,
      description:
        'Lifetime; default 3600; below 0: expired (bearer tolerates its clockSkew, so take -600)',
    },
    sub: { type: 'string', value: 'SUBJECT', description: 'Subject; default: the client' },
    'client-id': { type: 'string', value: 'NAME', default: 'dev', description: 'Client' },
    issuer: {
      type: 'string',
      value: 'URL',
      description: 'Issuer; default: that of the last dev idp',
    },
    output: outputOption,
    algorithm: {
      type: 'string',
      value: 'ALG',
      choices: ['RS256', 'ES256'],
      default: 'RS256',
      description: 'Signature',
    },
  },
  examples: [
    'curl -H "Authorization: Bearer $(mcpauth dev token --aud mcp-server --scope mcp:read)" http://127.0.0.1:8080/mcp',
  ],
  async run(context, { options }) {
    const { devToken: mint } = await import('../../../dev/idp/run-token.ts')
    const token = await mint(
      {
        audiences: options.aud,
        scope: options.scope,
        expiresIn: options['expires-in'] ?? 3600,
        subject: options.sub,
        clientId: options['client-id'],
        issuer: options.issuer,
        algorithm: options.algorithm,
      },
      context.home,
      context.world.clock,
    )
    const expiresIn = options['expires-in'] ?? 3600
    const scope = options.scope === undefined ? {} : { scope: options.scope }
    return {
      // The shape of a token response (RFC 6749 §5.1).
      json: () => ({ access_token: token, token_type: 'Bearer', expires_in: expiresIn, ...scope }),
      names: () => [token],
      text: () => `${token}\n`,
    }
  },
})
