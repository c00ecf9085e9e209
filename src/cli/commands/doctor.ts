// `mcpauth doctor`: finds out why a client cannot log in at an MCP server, or use it.
import { printableUrl } from '../../core/trusted-url.ts'
import { defineCommand } from '../command.ts'
import { outputOption } from '../options.ts'
import { toJson } from '../output/json.ts'
import { presentedToken, tokenOptions } from '../presented-token.ts'
import { readServerUrl } from '../server-url.ts'
import { untilInterrupted } from '../until-interrupted.ts'

export const doctor = defineCommand({
  description:
    'Goes the way of a client: reaches the server, reads its challenge, its metadata and those of its authorization server, ' +
    'looks how a client gets known there, then presents a token, speaks MCP and lists the tools. Each step is passed, failed ' +
    'or skipped, with what is wrong, who trips over it, and the fix. Without a token it goes as far as that leads. No token is ' +
    'ever printed, none is sent over plain http to another machine, and nothing is left behind unless --register says so.',
  args: {
    target: { takes: 'one', description: 'URL of an MCP server' },
  },
  options: {
    register: {
      type: 'boolean',
      description: 'Register a client at the authorization server, which keeps it',
    },
    ...tokenOptions,
    timeout: {
      type: 'integer',
      value: 'SECONDS',
      min: 1,
      max: 600,
      description: 'How long one request may take; default 10',
    },
    output: outputOption,
    json: { type: 'boolean', description: 'The same as --output json' },
  },
  exitCodes: {
    0: 'Nothing is wrong; there may be warnings',
    1: 'A step failed',
    2: 'Nothing could be examined: the command line is wrong, or something on this machine',
    130: 'Interrupted',
  },
  failureExitCode: 2,
  examples: [
    'mcpauth doctor https://mcp.example.com/mcp',
    'mcpauth doctor https://mcp.example.com/mcp --token-env TOKEN -o json',
  ],
  async run(context, { args, options }) {
    const server = readServerUrl(args.target)
    const token = await presentedToken(context, options)
    const { createSender } = await import('../../doctor/send.ts')
    const { walk } = await import('../../doctor/walk.ts')
    const { doctorReport } = await import('../doctor/report.ts')
    const steps = await untilInterrupted(context, (signal) =>
      walk({
        server,
        token,
        clientId: undefined,
        register: options.register,
        clock: context.world.clock,
        signal,
        send: createSender({
          timeoutMs: (options.timeout ?? 10) * 1000,
          secrets: token === undefined ? [] : [token.reveal()],
          signal,
        }),
      }),
    )
    const exitCode = steps.some(({ status }) => status === 'failed') ? 1 : 0
    const report = { ...doctorReport(printableUrl(server), steps), exitCode }
    return options.json ? { ...report, text: () => toJson(report.json()) } : report
  },
})
