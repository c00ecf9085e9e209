// The options that describe an MCP server; whatever else it takes is said in a manifest.
import type { ArgumentSpecs, CommandInput } from './command.ts'
import { outputOption, projectOption, waitOption } from './options.ts'

export const mcpServerOptions = {
  url: { type: 'string', value: 'URL', description: 'URL of the MCP endpoint' },
  transport: {
    type: 'string',
    value: 'TRANSPORT',
    choices: ['streamableHTTP', 'sse', 'stdio'],
    description: 'How the server is reached; streamableHTTP unless there is a --command',
  },
  command: { type: 'string', value: 'COMMAND', description: 'Executable of a stdio server' },
  arg: {
    type: 'strings',
    value: 'ARGUMENT',
    description: 'Argument of that executable; repeatable',
  },
  header: {
    type: 'strings',
    value: 'NAME=VALUE',
    description: 'Header of every call, for what is no secret; repeatable',
  },
  'header-from-secret': {
    type: 'strings',
    value: 'NAME=SECRET[/KEY]',
    description: 'Header with a value that "mcpauth secret set" stored; repeatable',
  },
  timeout: {
    type: 'string',
    value: 'DURATION',
    description: 'How long a call may take until its answer begins, such as 30s',
  },
  'display-name': { type: 'string', value: 'NAME', description: 'Name for people' },
  'oauth-issuer': {
    type: 'string',
    value: 'URL',
    description: 'Token endpoint or issuer that gives the token for the server',
  },
  'oauth-client-id': { type: 'string', value: 'ID', description: 'Client identifier there' },
  'oauth-client-secret-from-secret': {
    type: 'string',
    value: 'SECRET[/KEY]',
    description: 'Client secret, stored with "mcpauth secret set"',
  },
  'oauth-audience': { type: 'string', value: 'AUDIENCE', description: 'Whom the token is for' },
  'oauth-scopes': {
    type: 'strings',
    value: 'SCOPES',
    description: 'Scopes to ask for, separated by commas; repeatable',
  },
  scopes: {
    type: 'strings',
    value: 'APP-IDS',
    completes: 'app-ids',
    description: 'App IDs whose sidecars offer the server, separated by commas; all by default',
  },
  wait: waitOption,
  project: projectOption,
  output: outputOption,
} as const

export type McpServerOptions = CommandInput<ArgumentSpecs, typeof mcpServerOptions>['options']

/** Whether any option says something of the server. */
export function saysSomething(options: McpServerOptions): boolean {
  const { wait: _, project: __, output: ___, ...own } = options
  return Object.values(own).some((value) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined,
  )
}

/** The words of values that may hold several. */
export function commaSeparated(values: readonly string[]): string[] {
  return values.flatMap((value) =>
    value
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  )
}
