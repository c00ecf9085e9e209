// What the name of an App ID or of a Component stands for when a server is examined: its URL, and a token for it.
import { randomInt } from 'node:crypto'

import type { ControlPlane } from '../control-plane/control-plane.ts'
import type { Clock } from '../core/clock.ts'
import { McpAuthError } from '../core/errors.ts'
import type { Exchange, Reply } from '../core/exchange.ts'
import { HeaderList } from '../core/header-list.ts'
import { isJsonObject } from '../core/json.ts'
import { silentLogger } from '../core/logger.ts'
import { Secret } from '../core/secret.ts'
import type { HandlerSpec } from '../core/snapshot.ts'
import { judgeUrl } from '../core/trusted-url.ts'
import { HandlerRegistry } from '../data-plane/handlers.ts'
import { middlewares } from '../middleware/index.ts'

export interface ExaminedName {
  readonly project: string
  readonly name: string
  /** Of a Component: where its token goes, when its `resource` does not say. */
  readonly server: URL | undefined
  /** Of an App ID: where its MCP endpoint is. */
  readonly path: string
}

export interface Examined {
  readonly server: URL
  readonly clientId?: string
  readonly token?: Secret
  /** Why there is no token, as a sentence. */
  readonly tokenProblem?: string
}

interface World {
  readonly controlPlane: ControlPlane
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Throws RESOURCE_NOT_FOUND, SESSION_NOT_FOUND for an App ID without an ingress, HANDLER_UNUSABLE, and USAGE for a Component
 * that gets no tokens or does not say for which server.
 */
export async function examinedServer(world: World, named: ExaminedName): Promise<Examined> {
  const { controlPlane } = world
  const { project, name } = named
  const isAppId = controlPlane.appIds.list(project).some((one) => one.name === name)
  if (isAppId) return { server: ingressOf(controlPlane, named) }
  const spec = controlPlane.handlerOf(project, name)
  const server = named.server ?? resourceOf(spec)
  if (!spec.type.startsWith('middleware.http.oauth2')) {
    throw usage(`The Component ${name} gets no tokens.`, 'Name one of type middleware.http.oauth2.')
  }
  if (server === undefined) {
    throw usage(
      `The Component ${name} does not say which server its tokens are for.`,
      'Give --server URL, or set resource in the Component.',
    )
  }
  const clientId = spec.problem === undefined ? spec.metadata['clientID'] : undefined
  return {
    server,
    ...(typeof clientId === 'string' ? { clientId } : {}),
    ...(await tokenOf(world, { project, spec, server })),
  }
}

function ingressOf(controlPlane: ControlPlane, { project, name, path }: ExaminedName): URL {
  const session = controlPlane.sessions.list(project).find(({ appId }) => appId === name)
  if (session?.ingressPort !== undefined) {
    const url = new URL(`http://127.0.0.1:${session.ingressPort}`)
    url.pathname = path
    return url
  }
  const what = session === undefined ? 'No sidecar' : 'No ingress'
  throw new McpAuthError('SESSION_NOT_FOUND', `${what} of the App ID ${name} runs.`, {
    hint: 'Start it with mcpauth dev run --ingress-port PORT.',
  })
}

function resourceOf(spec: HandlerSpec): URL | undefined {
  const resource = spec.problem === undefined ? spec.metadata['resource'] : undefined
  const judged = typeof resource === 'string' ? judgeUrl(resource) : undefined
  return judged?.ok === true ? judged.url : undefined
}

interface Wanted {
  readonly project: string
  readonly spec: HandlerSpec
  readonly server: URL
}

/** As a sidecar gets it: by the handler itself, a stored login included. */
async function tokenOf(
  { controlPlane, clock, signal }: World,
  { project, spec, server }: Wanted,
): Promise<Pick<Examined, 'token' | 'tokenProblem'>> {
  const registry = new HandlerRegistry({
    clock,
    logger: silentLogger,
    random: () => randomInt(2 ** 32) / 2 ** 32,
    grants: controlPlane.grants.store(project),
    middlewares,
  })
  const lease = registry.lease()
  try {
    const exchange = exchangeTo(server, signal)
    const reply = await lease.provision('httpPipeline', spec).onRequest?.(exchange)
    if (reply !== undefined) return { tokenProblem: messageOf(reply) }
    const token = /^Bearer (.+)$/.exec(exchange.headers.get('authorization') ?? '')?.[1]
    if (token !== undefined) return { token: new Secret(token) }
    return {
      tokenProblem: 'The Component attaches no token to this path, or not as Authorization.',
    }
  } finally {
    lease.release()
  }
}

function exchangeTo(server: URL, signal: AbortSignal): Exchange {
  return {
    method: 'POST',
    path: server.pathname,
    query: '',
    headers: new HeaderList([]),
    caller: { appId: undefined, confirmed: false },
    publicBase: undefined,
    remoteAddress: undefined,
    signal,
    replayable: false,
    wholeBody: async () => new Uint8Array(),
    changeBody: () => {},
    atReply: () => {},
  }
}

function messageOf({ body, reason }: Reply): string {
  const parsed: unknown = JSON.parse(body)
  const message = isJsonObject(parsed) ? parsed['message'] : undefined
  return typeof message === 'string' ? message : reason
}

function usage(message: string, hint: string): McpAuthError {
  return new McpAuthError('USAGE', message, { hint })
}
