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
  /** How this program is started, such as `npx mcpauth`. */
  readonly program: string
}

/** Lines for people: a comment, then the command that it is about. */
export function nextSteps({ side, values, folder, home, program }: NextSteps): string[] {
  const idp = devIdpPort(values.issuer)
  return [
    ...(folder === '.' ? [] : [`cd ${shellWord(folder)}`]),
    ...(idp === undefined ? [] : devIdp(program, values, idp)),
    ...(side === 'server'
      ? []
      : storeSecret(program, values, idp === undefined ? undefined : home)),
    '# Check everything and store it:',
    `${program} apply -f components -f config`,
    ...(side === 'client' ? [] : runServer(program, values)),
    ...(side === 'server' ? [] : runClient(program)),
  ]
}

function devIdp(program: string, { clientId, audience }: StarterValues, port: string): string[] {
  const words = ['--client', clientId, '--audience', audience]
  const ports = port === defaultPort ? [] : ['--port', port]
  return [
    '# In a terminal of its own, an authorization server for development:',
    `${program} dev idp ${[...ports, ...words].map(shellWord).join(' ')}`,
  ]
}

/** `home` when the development authorization server keeps the secret there. */
function storeSecret(
  program: string,
  { clientId }: StarterValues,
  home: string | undefined,
): string[] {
  const file = home === undefined ? undefined : clientSecretFile(home, clientId)
  return ['# The secret of the client:', storeSecretCommand(program, file)]
}

function runServer(program: string, { serverUrl }: StarterValues): string[] {
  const ports = `--app-port 8000 --ingress-port ${loopbackPort(serverUrl) ?? '8080'}`
  return [
    '# The server, in a terminal of its own; 8000 is the port that it listens on:',
    `${program} dev run --app-id mcp-server --config config/bearer-server.yaml --resources-path components ${ports} -- COMMAND`,
  ]
}

function runClient(program: string): string[] {
  return [
    '# The client, which calls $DAPR_HTTP_ENDPOINT/v1.0/invoke/mcp-server/method/mcp:',
    `${program} dev run --app-id mcp-client --config config/oauth2-client.yaml --resources-path components -- COMMAND`,
  ]
}

/** Where `dev idp` listens unless told otherwise. */
const defaultPort = '9400'

/** The port of `dev idp`, when that can be the issuer. */
function devIdpPort(issuer: string): string | undefined {
  return /^http:\/\/127\.0\.0\.1:(\d+)$/.exec(issuer)?.[1]
}

function loopbackPort(url: string): string | undefined {
  return /^http:\/\/(?:127\.0\.0\.1|localhost):(\d+)$/.exec(url)?.[1]
}
