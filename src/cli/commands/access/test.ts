// `mcpauth access test` tells what would become of a call, layer by layer, or tries a table of calls in CI.
import { METHODS } from 'node:http'

import { McpAuthError } from '../../../core/errors.ts'
import type { Secret } from '../../../core/secret.ts'
import {
  defineCommand,
  type CommandInput,
  type CommandResult,
  type ArgumentSpecs,
} from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { outputOption, projectOption, type OutputFormat } from '../../options.ts'
import { readSecret } from '../../secret-input.ts'
import type { AccessTrials, AskedCall } from '../../access-test/trials.ts'

const options = {
  caller: {
    type: 'string',
    value: 'APP-ID',
    completes: 'app-ids',
    description: 'Who calls; without it the call comes in through the ingress, from nobody',
  },
  target: {
    type: 'string',
    value: 'APP-ID',
    completes: 'app-ids',
    description: 'What is called: an App ID or an HTTPEndpoint',
  },
  path: { type: 'string', value: 'URL-PATH', description: 'The path there' },
  method: { type: 'string', value: 'METHOD', description: 'The HTTP method; GET without it' },
  token: {
    type: 'string',
    value: '-',
    description: 'Read the access token of the call from standard input',
  },
  'token-file': {
    type: 'string',
    value: 'FILE',
    completes: 'files',
    description: 'Read it from a file; without a token none is checked',
  },
  file: {
    type: 'string',
    short: 'f',
    value: 'FILE',
    completes: 'files',
    description: 'Try a table of calls instead; - is standard input',
  },
  project: projectOption,
  output: { ...outputOption, choices: [...outputOption.choices, 'junit'] },
} as const

type Options = CommandInput<ArgumentSpecs, typeof options>['options']

export const accessTest = defineCommand({
  description:
    'Asks the parts that would serve the call, over what is stored: the path, the route, the accessControl of the App ID, ' +
    'its appHttpPipeline. Nothing is sent to an application; only the signing keys of an issuer are fetched where a token is ' +
    'to be checked. What handlers of other types would do is not tried.',
  args: {},
  options,
  exitCodes: {
    0: 'Allowed; of a table: all came out as expected',
    1: 'Denied, or not as expected, or failed',
    2: 'The command line or the table is wrong',
  },
  examples: [
    'mcpauth access test --caller mcp-client --target mcp-server --path /mcp --method POST',
    'mcpauth access test --target mcp-server --path /mcp --token-file token.txt',
    'mcpauth access test -f cases.yaml -o junit',
  ],
  async run(context, { options: given }) {
    const { AccessTrials: Trials } = await import('../../access-test/trials.ts')
    const single = given.file === undefined ? await callOf(context, given) : refuseBoth(given)
    const plane = await context.controlPlane()
    const project = plane.resolveProject(given.project).name
    const trials = new Trials(plane, project, context.world.clock)
    try {
      if (single !== undefined) return await answer(trials, single)
      return await table(context, trials, given)
    } finally {
      trials.close()
    }
  },
})

async function answer(trials: AccessTrials, call: AskedCall): Promise<CommandResult> {
  const { trialJson, trialText } = await import('../../access-test/report.ts')
  const trial = await trials.ask(call)
  return {
    json: () => trialJson(call, trial),
    names: () => [trial.allowed ? 'allowed' : 'denied'],
    text: (style) => trialText(call, trial, style),
    exitCode: trial.allowed ? 0 : 1,
  }
}

async function table(
  context: CommandContext,
  trials: AccessTrials,
  { file = '', output }: Options,
): Promise<CommandResult> {
  const { tryCases } = await import('../../access-test/cases.ts')
  const { casesJson, casesJunit, casesText } = await import('../../access-test/table.ts')
  const format: OutputFormat = output === 'junit' ? 'table' : output
  const results = await tryCases(context, trials, { path: file, format })
  const failed = results.filter(({ failure }) => failure !== undefined)
  const count = results.length === 1 ? '1 case' : `${results.length} cases`
  context.notice(
    `${count}: ${failed.length === 0 ? 'all as expected' : `${failed.length} not as expected`}.`,
  )
  const exitCode = failed.length === 0 ? 0 : 1
  if (output === 'junit') {
    context.world.stdout.write(casesJunit(results))
    return exitCode
  }
  return {
    json: () => casesJson(results),
    names: () => failed.map(({ name }) => name),
    text: (style) => casesText(results, style),
    exitCode,
  }
}

async function callOf(context: CommandContext, given: Options): Promise<AskedCall> {
  const { caller, target, path, method = 'GET', output } = given
  if (target === undefined || path === undefined) {
    throw usage(
      'A call is described by --target and --path.',
      'Give both, or a table with -f FILE.',
    )
  }
  if (!METHODS.includes(method)) {
    throw usage(`"${method}" is no HTTP method.`, 'Write it in upper case, such as POST.')
  }
  if (output === 'junit') throw usage('-o junit is for a table.', 'Give one with -f FILE.')
  return { caller, target, path, method, token: await tokenOf(context, given) }
}

async function tokenOf(
  context: CommandContext,
  { token, 'token-file': file }: Options,
): Promise<Secret | undefined> {
  if (token !== undefined && file !== undefined) {
    throw usage('--token and --token-file contradict each other.', 'Keep one of them.')
  }
  if (file !== undefined) return readSecret(context, { file })
  if (token === undefined) return undefined
  if (token === '-') return readSecret(context, { prompt: 'Access token' })
  throw usage(
    'A token on the command line is shown to everyone who can list the processes.',
    'Pass --token - and the token on standard input, or --token-file FILE.',
  )
}

/** Always undefined. Throws USAGE when a call is described beside a table. */
function refuseBoth(given: Options): undefined {
  const names = ['caller', 'target', 'path', 'method', 'token', 'token-file'] as const
  const beside = names.filter((name) => given[name] !== undefined)
  if (beside.length === 0) return undefined
  const flags = beside.map((name) => `--${name}`).join(', ')
  throw usage(`${flags} and --file exclude each other.`, 'Write the call into the table.')
}

function usage(message: string, hint: string): McpAuthError {
  return new McpAuthError('USAGE', message, { hint })
}
