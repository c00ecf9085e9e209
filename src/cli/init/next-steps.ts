// What to run after `mcpauth init`, in order.
import { clientSecretFile } from '../../dev/idp/clients.ts'
import { shellWord, storeSecretCommand } from '../../dev/idp/component.ts'
import type { Side, StarterValues } from './starter.ts'

export interface NextSteps {
  readonly side: Side
  readonly values: StarterValues
  /** As the user named it. */
  readonly folder: string
  /** Where mcpauth keeps its data. */
  readonly home: string
}

/** Lines for people: a comment, then the command that it is about. */
export function nextSteps({ side, values, folder, home }: NextSteps): string[] {
  const idp = devIdpPort(values.issuer)
  return [
    ...(folder === '.' ? [] : [`cd ${shellWord(folder)}`]),
    ...(idp === undefined ? [] : devIdp(values, idp)),
    ...(side === 'server' ? [] : storeSecret(values, idp === undefined ? undefined : home)),
    '# Check everything and store it:',
    'mcpauth apply -f components -f config',
    ...(side === 'client' ? [] : runServer(values)),
    ...(side === 'server' ? [] : runClient),
  ]
}

function devIdp({ clientId, audience }: StarterValues, port: string): string[] {
  const words = ['--client', clientId, '--audience', audience]
  const ports = port === defaultPort ? [] : ['--port', port]
  return [
    '# In a terminal of its own, an authorization server for development:',
    `mcpauth dev idp ${[...ports, ...words].map(shellWord).join(' ')}`,
  ]
}

/** `home` when the development authorization server keeps the secret there. */
function storeSecret({ clientId }: StarterValues, home: string | undefined): string[] {
  return [
    '# The secret of the client:',
    home === undefined
      ? 'mcpauth secret set oauth-secret clientSecret'
      : storeSecretCommand(clientSecretFile(home, clientId)),
  ]
}

function runServer({ serverUrl }: StarterValues): string[] {
  const ports = `--app-port 8000 --ingress-port ${loopbackPort(serverUrl) ?? '8080'}`
  return [
    '# The server, in a terminal of its own; 8000 is the port that it listens on:',
    `mcpauth dev run --app-id mcp-server --config config/bearer-server.yaml --resources-path components ${ports} -- COMMAND`,
  ]
}

const runClient = [
  '# The client, which calls $DAPR_HTTP_ENDPOINT/v1.0/invoke/mcp-server/method/mcp:',
  'mcpauth dev run --app-id mcp-client --config config/oauth2-client.yaml --resources-path components -- COMMAND',
]

/** Where `dev idp` listens unless told otherwise. */
const defaultPort = '9400'

/** The port of `dev idp`, when that can be the issuer. */
function devIdpPort(issuer: string): string | undefined {
  return /^http:\/\/127\.0\.0\.1:(\d+)$/.exec(issuer)?.[1]
}

function loopbackPort(url: string): string | undefined {
  return /^http:\/\/(?:127\.0\.0\.1|localhost):(\d+)$/.exec(url)?.[1]
}
