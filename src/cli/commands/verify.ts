// `mcpauth verify`: tries at a server what every protected MCP server must do.
import { McpAuthError } from '../../core/errors.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { printableUrl } from '../../core/trusted-url.ts'
import type { Forger } from '../../doctor/verify/forge.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { outputOption } from '../options.ts'
import { presentedToken, tokenOptions } from '../presented-token.ts'
import { readSecret } from '../secret-input.ts'
import { readServerUrl } from '../server-url.ts'
import { untilInterrupted } from '../until-interrupted.ts'

export const verify = defineCommand({
  description:
    'Sends requests without a token, and with tokens that are malformed, forged, expired or for somebody else; reads the ' +
    'metadata; asks as a browser does; and tries what proxies break: GET, DELETE, idle streams, Last-Event-ID, cancelling. ' +
    'Cases that need a good token are skipped without one, and say so. To be right but for one thing a token must be signed ' +
    'by the issuer: --signing-key is for an authorization server of your own, such as mcpauth dev idp. It calls no tool.',
  args: { url: { takes: 'one', description: 'URL of an MCP server' } },
  options: {
    ...tokenOptions,
    'signing-key': {
      type: 'string',
      value: 'PATH',
      completes: 'files',
      description:
        'Private key of the issuer for tests: a JWK, or a file with keys, of which the first counts',
    },
    'idle-time': {
      type: 'integer',
      value: 'SECONDS',
      min: 1,
      max: 3600,
      description: 'How long a stream on which nothing happens must stay open; default 2',
    },
    timeout: {
      type: 'integer',
      value: 'SECONDS',
      min: 1,
      max: 600,
      description: 'How long one request may take; default 10',
    },
    output: {
      ...outputOption,
      choices: ['table', 'json', 'yaml', 'name', 'junit'],
      description: 'How to print the result; name: the cases that failed',
    },
  },
  exitCodes: {
    0: 'Every case that could be tried is passed',
    1: 'A case failed',
    2: 'Nothing could be tried: the command line is wrong, or something on this machine',
    130: 'Interrupted',
  },
  failureExitCode: 2,
  examples: [
    'mcpauth verify https://mcp.example.com/mcp --token-env TOKEN -o junit > verify.xml',
    'mcpauth verify http://127.0.0.1:8080/mcp --token-file token --signing-key ~/.local/share/mcpauth/dev-idp/keys.json',
  ],
  async run(context, { args, options }) {
    const server = readServerUrl(args.url)
    const token = await presentedToken(context, options)
    const issuer = await signingKey(context, options['signing-key'])
    const { createSender } = await import('../../doctor/send.ts')
    const { verify: tryAll } = await import('../../doctor/verify/verify.ts')
    const { verifyJunit, verifyReport } = await import('../doctor/verify-report.ts')
    const results = await untilInterrupted(context, (signal) =>
      tryAll({
        server,
        token,
        issuer,
        clock: context.world.clock,
        idleMs: (options['idle-time'] ?? 2) * 1000,
        signal,
        send: createSender({
          timeoutMs: (options.timeout ?? 10) * 1000,
          secrets: token === undefined ? [] : [token.reveal()],
          signal,
        }),
      }),
    )
    const exitCode = results.some(({ status }) => status === 'failed') ? 1 : 0
    const target = printableUrl(server)
    if (options.output !== 'junit') return { ...verifyReport(target, results), exitCode }
    context.world.stdout.write(verifyJunit(target, results))
    return exitCode
  },
})

async function signingKey(
  context: CommandContext,
  file: string | undefined,
): Promise<Forger | undefined> {
  if (file === undefined) return undefined
  const { issuerForger } = await import('../../doctor/verify/forge.ts')
  const document = keyIn((await readSecret(context, { file })).reveal())
  const forger = document === undefined ? undefined : issuerForger(document)
  if (forger !== undefined) return forger
  throw new McpAuthError('USAGE', `The file ${file} holds no private key that can sign.`, {
    hint: 'Give a private JWK for RS256 or ES256.',
  })
}

function keyIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!isJsonObject(value)) return undefined
    const { keys } = value
    if (!Array.isArray(keys)) return value
    const first: unknown = keys[0]
    return isJsonObject(first) ? first : undefined
  } catch {
    return undefined
  }
}
