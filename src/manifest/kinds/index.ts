// The list of kinds.
import { appIdentity } from './app-identity.ts'
import { component } from './component.ts'
import { configuration } from './configuration.ts'
import { httpEndpoint } from './http-endpoint.ts'
import type { Kind } from './kind.ts'
import { mcpServer } from './mcp-server.ts'
import { mcpServerAccessPolicy } from './mcp-server-access-policy.ts'
import { resiliency } from './resiliency.ts'
import { storedKinds } from './stored.ts'

export const kinds: readonly Kind[] = [
  component,
  configuration,
  httpEndpoint,
  appIdentity,
  mcpServer,
  mcpServerAccessPolicy,
  resiliency,
  ...storedKinds,
]
