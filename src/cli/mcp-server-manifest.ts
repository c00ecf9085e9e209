// The manifest of an MCP server that options describe, checked as one from a file is.
import { McpAuthError } from '../core/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { textAt } from '../core/pointer.ts'
import type { Resource } from '../core/resource.ts'
import { isCredentialHeader } from '../manifest/credentials.ts'
import type { CommandContext } from './context.ts'
import { madeResource } from './made-resource.ts'
import { commaSeparated, mcpServerOptions, type McpServerOptions } from './mcp-server-options.ts'

/**
 * The server `before` with what the options say, or a new one. What is doubtful is told on standard error; throws USAGE for
 * what no manifest may say either.
 */
export function mcpServerResource(
  context: CommandContext,
  name: string,
  { options, before }: { readonly options: McpServerOptions; readonly before?: JsonObject },
): Resource {
  return madeResource(
    context,
    `mcpauth mcpserver ${name}`,
    mcpServerManifest(name, options, before),
  )
}

function mcpServerManifest(
  name: string,
  options: McpServerOptions,
  before: JsonObject = {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'MCPServer',
    metadata: { name },
    spec: {},
  },
): JsonObject {
  const spec = objectIn(before, 'spec')
  const displayName = options['display-name']
  const scopes = commaSeparated(options.scopes)
  return {
    ...before,
    spec: {
      ...spec,
      endpoint: endpointOf(objectIn(spec, 'endpoint'), options),
      ...(displayName === undefined
        ? {}
        : { catalog: { ...objectIn(spec, 'catalog'), displayName } }),
    },
    ...(scopes.length === 0 ? {} : { scopes }),
  }
}

type Transport = (typeof mcpServerOptions.transport.choices)[number]

function endpointOf(before: JsonObject, options: McpServerOptions): JsonObject {
  const old = mcpServerOptions.transport.choices.find((each) => Object.hasOwn(before, each))
  const transport = transportAfter(old, options)
  refuseMisplaced(options, transport)
  // What was said of one HTTP transport holds for the other.
  const isSame = old !== undefined && (old === 'stdio') === (transport === 'stdio')
  const base = isSame ? objectIn(before, old) : {}
  const described = transport === 'stdio' ? stdioOf(base, options) : httpOf(base, options)
  const required = transport === 'stdio' ? 'command' : 'url'
  if (described[required] === undefined) {
    throw usage(`An MCP server with transport ${transport} needs --${required}.`, 'Add it.')
  }
  return { [transport]: described }
}

/** The one asked for, else one that what is given fits, else the one there is. */
function transportAfter(old: Transport | undefined, options: McpServerOptions): Transport {
  if (options.transport !== undefined) return options.transport
  if (options.command !== undefined) return 'stdio'
  if (options.url === undefined) return old ?? 'streamableHTTP'
  return old === undefined || old === 'stdio' ? 'streamableHTTP' : old
}

const ofStdio = ['command', 'arg'] as const
const ofHttp = [
  'url',
  'header',
  'header-from-secret',
  'oauth-issuer',
  'oauth-client-id',
  'oauth-client-secret-from-secret',
  'oauth-audience',
  'oauth-scopes',
] as const

function refuseMisplaced(options: McpServerOptions, transport: Transport): void {
  const misplaced = (transport === 'stdio' ? ofHttp : ofStdio).find((option) => {
    const value = options[option]
    return typeof value === 'string' || (value !== undefined && value.length > 0)
  })
  if (misplaced === undefined) return
  throw usage(
    `--${misplaced} says nothing about an MCP server with transport ${transport}.`,
    'Leave it out, or choose another --transport.',
  )
}

function stdioOf(base: JsonObject, { command, arg, timeout }: McpServerOptions): JsonObject {
  return {
    ...base,
    ...(command === undefined ? {} : { command }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(arg.length === 0 ? {} : { args: [...arg] }),
  }
}

function httpOf(base: JsonObject, options: McpServerOptions): JsonObject {
  const { url, timeout } = options
  const added = [
    ...options.header.map(plainHeader),
    ...options['header-from-secret'].map((text) => {
      const [name, secret] = split(text, '--header-from-secret NAME=SECRET/KEY')
      return { name, secretKeyRef: secretKeyRef(secret) }
    }),
  ]
  const replaced = new Set(added.map(({ name }) => name.toLowerCase()))
  const kept = listIn(base, 'headers').filter(
    (header) => !replaced.has((textAt(header, '/name') ?? '').toLowerCase()),
  )
  const oauth2 = oauth2Of(objectIn(objectIn(base, 'auth'), 'oauth2'), options)
  return {
    ...base,
    ...(url === undefined ? {} : { url }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(added.length === 0 ? {} : { headers: [...kept, ...added] }),
    ...(Object.keys(oauth2).length === 0 ? {} : { auth: { ...objectIn(base, 'auth'), oauth2 } }),
  }
}

function plainHeader(text: string): { readonly name: string; readonly value: string } {
  const [name, value] = split(text, '--header NAME=VALUE')
  if (!isCredentialHeader(name)) return { name, value }
  throw usage(
    `--header shows ${name} to everyone who can list the processes of this machine.`,
    `Store it with "mcpauth secret set", and pass --header-from-secret ${name}=SECRET/KEY.`,
  )
}

function oauth2Of(base: JsonObject, options: McpServerOptions): JsonObject {
  const issuer = options['oauth-issuer']
  const clientID = options['oauth-client-id']
  const secret = options['oauth-client-secret-from-secret']
  const audience = options['oauth-audience']
  const scopes = commaSeparated(options['oauth-scopes'])
  return {
    ...base,
    ...(issuer === undefined ? {} : { issuer }),
    ...(clientID === undefined ? {} : { clientID }),
    ...(secret === undefined ? {} : { secretKeyRef: secretKeyRef(secret) }),
    ...(audience === undefined ? {} : { audience }),
    ...(scopes.length === 0 ? {} : { scopes }),
  }
}

/** Not repeated in an error: what is not of this form may be the secret itself. */
function split(text: string, form: string): [name: string, value: string] {
  const [, name = '', value = ''] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (name !== '') return [name, value]
  throw usage(`A header is not of the form ${form}.`, 'Write the name, "=" and the value.')
}

function secretKeyRef(text: string): JsonObject {
  const [name = '', key] = text.split('/', 2)
  return { name, ...(key === undefined ? {} : { key }) }
}

function objectIn(value: JsonObject, key: string): JsonObject {
  const inner = value[key]
  return isJsonObject(inner) ? inner : {}
}

function listIn(value: JsonObject, key: string): readonly Json[] {
  const inner = value[key]
  return Array.isArray(inner) ? (inner as readonly Json[]) : []
}

function usage(message: string, hint: string | undefined): McpAuthError {
  return new McpAuthError('USAGE', message, hint === undefined ? {} : { hint })
}
