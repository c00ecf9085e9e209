// `mcpauth doctor`: finds out why a client cannot log in at an MCP server, or use it.
import { printableUrl } from '../../core/trusted-url.ts'
import type { Examined } from '../../dev/examined-server.ts'
import { defineCommand, type CommandInput } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { outputOption, projectOption } from '../options.ts'
import { toJson } from '../output/json.ts'
import { presentedToken, tokenOptions } from '../presented-token.ts'
import { readServerUrl } from '../server-url.ts'
import { untilInterrupted } from '../until-interrupted.ts'

const args = {
  target: {
    takes: 'one',
    description: 'URL of an MCP server, an App ID, or a Component that gets tokens',
  },
} as const

const options = {
  register: {
    type: 'boolean',
    description: 'Register a client at the authorization server, which keeps it',
  },
  ...tokenOptions,
  server: {
    type: 'string',
    value: 'URL',
    description: 'Of a Component: the server, where its resource does not say',
  },
  path: {
    type: 'string',
    value: 'PATH',
    description: 'Of an App ID: where its MCP endpoint is; default /mcp',
  },
  project: projectOption,
  timeout: {
    type: 'integer',
    value: 'SECONDS',
    min: 1,
    max: 600,
    description: 'How long one request may take; default 10',
  },
  output: outputOption,
  json: { type: 'boolean', description: 'The same as --output json' },
} as const

export const doctor = defineCommand({
  description:
    'Goes the way of a client: reaches the server, reads its challenge, its metadata and those of its authorization server, ' +
    'looks how a client gets known there, then presents a token, speaks MCP and lists the tools. Each step is passed, failed ' +
    'or skipped, with what is wrong, who trips over it, and the fix. Without a token it goes as far as that leads. No token is ' +
    'ever printed, none is sent over plain http to another machine, and nothing is left behind unless --register says so.',
  args,
  options,
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
    'mcpauth doctor oauth2 --server https://mcp.example.com/mcp',
  ],
  async run(context, input) {
    const { json, register, timeout = 10 } = input.options
    const given = await presentedToken(context, input.options)
    const { createSender } = await import('../../doctor/send.ts')
    const { walk } = await import('../../doctor/walk.ts')
    const { doctorReport } = await import('../doctor/report.ts')
    const { clock } = context.world
    const [target, steps] = await untilInterrupted(context, async (signal) => {
      const { server, clientId, ...got } = await examinedOf(context, input, signal)
      const { token, tokenProblem } = given === undefined ? got : { token: given }
      const secrets = token === undefined ? [] : [token.reveal()]
      const send = createSender({ timeoutMs: timeout * 1000, secrets, signal })
      const parts = { server, token, tokenProblem, clientId, register, send, clock, signal }
      return [printableUrl(server), await walk(parts)] as const
    })
    const exitCode = steps.some(({ status }) => status === 'failed') ? 1 : 0
    const report = { ...doctorReport(target, steps), exitCode }
    return json ? { ...report, text: () => toJson(report.json()) } : report
  },
})

type DoctorInput = CommandInput<typeof args, typeof options>

async function examinedOf(
  context: CommandContext,
  { args: { target }, options: given }: DoctorInput,
  signal: AbortSignal,
): Promise<Examined> {
  const server = given.server === undefined ? undefined : readServerUrl(given.server)
  if (/[:/]/.test(target)) return { server: readServerUrl(target) }
  const controlPlane = await context.controlPlane()
  const { examinedServer } = await import('../../dev/examined-server.ts')
  const project = controlPlane.resolveProject(given.project).name
  const named = { project, name: target, server, path: given.path ?? '/mcp' }
  return examinedServer({ controlPlane, clock: context.world.clock, signal }, named)
}
