// The credential with which an MCP server is called: nothing, headers of its manifest, client credentials, or a JWT-SVID.
import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import type { McpOAuth2Spec, McpServerSpec, McpSvidSpec } from '../core/snapshot.ts'
import { printableUrl } from '../core/trusted-url.ts'
import { attachment, describeToken } from '../middleware/http/client-credentials.ts'
import type { Provisioned } from '../middleware/middleware.ts'
import { acquireIssuerTokenSource, acquireSvidSource } from '../oauth/token-sources.ts'

export interface TokenParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly random: () => number
  /** The issuer that JWT-SVIDs name: where their keys are published now. May throw McpAuthError. */
  readonly svidIssuer: () => Promise<string>
}

export type McpCredential = Required<
  Pick<Provisioned, 'summary' | 'warmUp' | 'onRequest' | 'onResponse' | 'close'>
>

/** The token that goes with every call to a server; undefined where its manifest asks for none. Does no I/O. */
export function provisionMcpCredential(
  { oauth2, svid }: McpServerSpec,
  parts: TokenParts,
): McpCredential | undefined {
  if (oauth2 !== undefined) return clientCredentials(oauth2, parts)
  return svid === undefined ? undefined : workloadIdentity(svid, parts)
}

/** What goes with a call to a server that needs no token. */
export function describeHeaders({ transport }: McpServerSpec): string {
  if (transport.kind === 'stdio' || transport.headers.length === 0) return 'no credential'
  return `headers ${transport.headers.map(({ name }) => name).join(', ')}`
}

function clientCredentials(oauth2: McpOAuth2Spec, parts: TokenParts): McpCredential {
  const lease = acquireIssuerTokenSource(
    oauth2.issuer,
    {
      tokenUrl: new URL(oauth2.issuer),
      clientId: oauth2.clientId,
      clientSecret: oauth2.clientSecret,
      authStyle: 0,
      scopes: [...new Set(oauth2.scopes)],
      params: oauth2.audience === undefined ? [] : [['audience', oauth2.audience]],
    },
    parts,
  )
  return {
    summary: `client_credentials at ${printableUrl(new URL(oauth2.issuer))}`,
    warmUp: async (signal) => [describeToken(await lease.value.obtain(signal))],
    ...attachment(
      () => lease.value,
      { name: 'Authorization', prefix: 'Bearer ' },
      () => true,
    ),
    close: () => lease.release(),
  }
}

function workloadIdentity(svid: McpSvidSpec, parts: TokenParts): McpCredential {
  const lease = acquireSvidSource(svid, { ...parts, issuer: parts.svidIssuer })
  const { header: name, prefix, subject, audience } = svid
  return {
    summary: `JWT-SVID of ${subject} for ${audience} in ${name}`,
    warmUp: async (signal) => [describeToken(await lease.value.obtain(signal))],
    ...attachment(
      () => lease.value,
      { name, prefix },
      () => true,
    ),
    close: () => lease.release(),
  }
}
