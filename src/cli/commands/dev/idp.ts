// `mcpauth dev idp`: the development authorization server.
import type { DevIdpOptions } from '../../../dev/idp/server.ts'
import type { LogFields, Logger } from '../../../core/logger.ts'
import { McpAuthError } from '../../../core/errors.ts'
import { parseClockOffset } from '../../../dev/idp/clock-offset.ts'
import { defineCommand } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { refusal, showFindings } from '../../findings.ts'
import { programName } from '../../invocation.ts'

export const devIdp = defineCommand({
  description:
    'An OAuth 2.0 authorization server on 127.0.0.1 for development, offline: client credentials, authorization code with ' +
    'PKCE, device code, refresh tokens, token exchange, JWT bearer and ID-JAG, resource indicators, JWT access tokens, ' +
    'introspection, revocation, discovery, JWKS. ' +
    'MCP clients of this machine register themselves. Codes for this machine are given without a page. Prints the ' +
    'Components that use it. Keys and clients survive restarts; what was issued or registered otherwise does not.',
  args: {},
  options: {
    port: {
      type: 'integer',
      value: 'PORT',
      min: 0,
      max: 65_535,
      description: 'Port to listen on; default 9400; 0: a free one',
    },
    client: {
      type: 'strings',
      value: 'NAME',
      description: 'Client with a generated secret; may be repeated',
    },
    'clients-file': {
      type: 'string',
      value: 'FILE',
      completes: 'files',
      description:
        'JSON list of {clientId, clientSecret or jwks, dpopBound, scopes, audience, redirectUris}',
    },
    'redirect-uri': {
      type: 'strings',
      value: 'URI',
      description:
        'Where codes of the clients of --client may be sent, on any port of a loopback address; may be repeated',
    },
    interactive: {
      type: 'boolean',
      description: 'Ask on a page who signs in and whether the client may',
    },
    'client-documents': {
      type: 'string',
      value: 'WHOSE',
      choices: ['off', 'local', 'any'],
      default: 'off',
      description:
        'Client ids that are URLs: local reads the documents that lie on this machine, any those of public addresses too',
    },
    'dpop-nonce': {
      type: 'boolean',
      description: 'Want a nonce of this server in every DPoP proof',
    },
    'clock-offset': {
      type: 'string',
      value: 'TIME',
      description: 'How far its clock is ahead, such as 10m; behind: --clock-offset=-10m',
    },
    users: {
      type: 'string',
      value: 'FILE',
      completes: 'files',
      description: 'YAML of who can sign in, with their claims; see mcpauth schema dev-users',
    },
    audience: {
      type: 'string',
      value: 'AUD',
      description: 'Audience of tokens whose request names none',
    },
    'token-lifetime': {
      type: 'integer',
      value: 'SECONDS',
      min: 1,
      max: 86_400,
      description: 'Lifetime of issued tokens; default 600',
    },
    algorithm: {
      type: 'string',
      value: 'ALG',
      choices: ['RS256', 'ES256'],
      default: 'RS256',
      description: 'Signature of issued tokens',
    },
    'rotate-keys': {
      type: 'boolean',
      description:
        'Make new signing keys, those of JWT-SVIDs too, and end; what runs uses them at once',
    },
  },
  exitCodes: { 0: 'Ended by SIGTERM or SIGHUP', 130: 'Ended by Ctrl-C' },
  examples: [
    'mcpauth dev idp --client mcp-client --audience mcp-server',
    'mcpauth dev idp --rotate-keys',
  ],
  async run(context, { options }) {
    const { runDevIdp, rotateSigningKeys } = await import('../../../dev/idp/run.ts')
    if (options['rotate-keys']) {
      const kids = await rotateSigningKeys(context.home)
      context.notice(`New signing keys: ${kids.join(', ')}. Earlier tokens stay valid.`)
      const svidKids = (await context.controlPlane()).rotateSvidKeys()
      if (svidKids.length > 0) context.notice(`New keys for JWT-SVIDs: ${svidKids.join(', ')}.`)
      return undefined
    }
    return runDevIdp(
      {
        port: options.port ?? 9400,
        clients: options.client,
        clientsFile: options['clients-file'],
        redirectUris: options['redirect-uri'],
        interactive: options.interactive,
        ...(options.users === undefined ? {} : { users: await usersFrom(context, options.users) }),
        clockOffset: clockOffsetOf(options['clock-offset'] ?? '0'),
        clientDocuments: options['client-documents'],
        dpopNonce: options['dpop-nonce'],
        audience: options.audience,
        tokenLifetime: options['token-lifetime'] ?? 600,
        algorithm: options.algorithm,
      },
      {
        home: context.home,
        program: programName(context.world.env),
        clock: context.world.clock,
        print: (text) => void context.world.stdout.write(text),
        logger: noticeLogger(context),
        onSignal: (listener) => context.world.onSignal(listener),
      },
    )
  },
})

function clockOffsetOf(text: string): number {
  const seconds = parseClockOffset(text)
  if (seconds !== undefined) return seconds
  throw new McpAuthError('USAGE', `--clock-offset ${JSON.stringify(text)} is no time.`, {
    hint: 'Write a number and a unit, such as 10m or -90s; at most a year.',
  })
}

/** Throws MANIFEST_INVALID once what is wrong with the file is shown. */
async function usersFrom(context: CommandContext, path: string): Promise<DevIdpOptions['users']> {
  const { readDevUsers } = await import('../../../manifest/dev-users.ts')
  const { usersOf } = await import('../../../dev/idp/users.ts')
  const read = await readDevUsers(path, { stdin: async () => context.stdin() })
  await showFindings(context, { ...read, format: 'table' })
  if (read.users === undefined) throw refusal(read.diagnostics, 'The server was not started.')
  return usersOf(read.users)
}

function noticeLogger(context: CommandContext): Logger {
  const notice = (message: string, fields: LogFields = {}): void => {
    const time = new Date(context.world.clock.now()).toISOString().slice(11)
    const more = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name} ${String(value)}`)
    context.notice(`${time} ${[message, ...more].join(', ')}`)
  }
  return {
    debug() {},
    info: notice,
    warn: (message, fields) => notice(`warning: ${message}`, fields),
    error: (message, fields) => notice(`error: ${message}`, fields),
  }
}
