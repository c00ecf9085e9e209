// Everything one sidecar needs, as plain data: the control plane makes it, the data plane runs it.
import type { AccessControl } from './access-control.ts'
import type { AppHealthSpec } from './app-health.ts'
import type { McpAccessPolicy } from './mcp-access.ts'
import type { ResiliencySpec } from './resiliency.ts'
import type { Secret } from './secret.ts'
import type { SidecarApi } from './sidecar-apis.ts'

/** Why something cannot be used. */
export interface SnapshotProblem {
  readonly message: string
  readonly hint?: string
  /** `file:line:column` of the cause, where it stands elsewhere than what it spoils. */
  readonly place?: string
}

/** A pipeline handler with its Component's metadata resolved, or the reason why it cannot be used. */
export type HandlerSpec = {
  readonly name: string
  readonly type: string
  readonly version: string
  /** `file:line:column` of the handler in its Configuration. */
  readonly place: string
} & (
  | {
      /** Canonical field name → value; values that came from a secret or a sensitive field are Secrets. */
      readonly metadata: Readonly<Record<string, string | Secret>>
      /** Changes whenever the Component's manifest or any secret it resolves to changes. */
      readonly digest: string
      /** `file:line:column` of the Component. */
      readonly componentPlace: string
      /** Canonical field name → `file:line:column` where the Component sets it. */
      readonly fieldPlaces: Readonly<Record<string, string>>
      readonly problem?: undefined
    }
  | { readonly problem: SnapshotProblem }
)

/** The TLS settings of a connection, as PEM. */
export interface ClientTlsSpec {
  /** Trusted in the place of the authorities that Node trusts. */
  readonly rootCA?: string
  /** The client certificate with its chain, and its key. */
  readonly identity?: { readonly certificate: string; readonly privateKey: Secret }
  /** Changes with each of them. */
  readonly digest: string
}

export interface EndpointSpec {
  readonly name: string
  /** Absolute http(s) URL without a trailing slash. */
  readonly baseUrl: string
  readonly headers: readonly { readonly name: string; readonly value: string | Secret }[]
  readonly tls?: ClientTlsSpec
  /** Set when a header, or the endpoint as a whole, cannot be used: every call to it gets 503. */
  readonly problem?: SnapshotProblem
  readonly place: string
}

/** How an MCP server is reached. */
export type McpTransport = {
  /** How long a call may take until its answer begins. */
  readonly timeoutSeconds: number
} & (
  | {
      readonly kind: 'streamableHTTP' | 'sse'
      /** Absolute http(s) URL of the MCP endpoint. */
      readonly url: string
      readonly headers: readonly { readonly name: string; readonly value: string | Secret }[]
    }
  | {
      readonly kind: 'stdio'
      readonly command: string
      readonly args: readonly string[]
      readonly env: readonly { readonly name: string; readonly value: string | Secret }[]
    }
)

/** The client credentials with which an MCP server is called. */
export interface McpOAuth2Spec {
  /** The token endpoint itself, as in Dapr, or an issuer whose metadata names it. */
  readonly issuer: string
  readonly audience?: string
  readonly scopes: readonly string[]
  readonly clientId: string
  readonly clientSecret: Secret
}

/** A private key (PKCS #8, PEM) for ES256. */
export interface SvidKey {
  readonly kid: string
  readonly privateKey: Secret
}

/** The JWT-SVID with which an MCP server is called. */
export interface McpSvidSpec {
  readonly header: string
  /** Text before the token in the header. */
  readonly prefix: string
  readonly audience: string
  /** The SPIFFE ID of the App ID whose sidecar calls. */
  readonly subject: string
  readonly key: SvidKey
}

/** An MCP server of the project, and who may use what of it. */
export interface McpServerSpec {
  readonly name: string
  readonly isEnabled: boolean
  /** For people; the name unless the catalog has another one. */
  readonly displayName: string
  readonly transport: McpTransport
  readonly oauth2?: McpOAuth2Spec
  readonly svid?: McpSvidSpec
  readonly policy: McpAccessPolicy
  /** Changes whenever the manifest or any secret it resolves to changes. */
  readonly digest: string
  /** Set when it cannot be used: every call to it gets 503. */
  readonly problem?: SnapshotProblem
  readonly place: string
}

/** Another App ID of the project, and how to reach it now. */
export interface PeerSpec {
  readonly appId: string
  /** That of its SPIFFE ID, where its Configuration names one. */
  readonly trustDomain?: string
  /** The private socket of its running sidecar. */
  readonly socketPath?: string
  /** Its `appEndpoint`, used when no sidecar runs; absent when a Configuration guards the app. */
  readonly endpoint?: {
    readonly url: string
    readonly token?: Secret
    readonly tokenHeader: string
  }
}

/** The application beside the sidecar. */
export interface AppSpec {
  /** Where the sidecar delivers inbound calls: `--app-port`, else `appEndpoint`; undefined: outbound only. */
  readonly url?: string
  /** Sent to the app in `tokenHeader`, so that it can refuse calls that came past the sidecar. */
  readonly token?: Secret
  readonly tokenHeader: string
  /** How its health is checked; while it is not healthy, it gets no calls. Absent: it is not checked. */
  readonly health?: AppHealthSpec
}

export interface AppSnapshot {
  readonly project: string
  readonly appId: string
  /** Grows with every commit to the control plane. */
  readonly revision: number
  readonly apiToken: Secret
  readonly app: AppSpec
  /** Name of the attached Configuration, if any. */
  readonly configuration: string | undefined
  /** Set when the attached Configuration cannot be used: both pipelines refuse. */
  readonly problem?: SnapshotProblem
  /** Who may call this App ID, as the attached Configuration says; everybody when absent. */
  readonly accessControl?: AccessControl
  /** APIs of the sidecar that the attached Configuration does not let the app call. */
  readonly deniedApis?: readonly SidecarApi[]
  /** That of its SPIFFE ID, where the attached Configuration names one. */
  readonly trustDomain?: string
  readonly httpPipeline: readonly HandlerSpec[]
  readonly appHttpPipeline: readonly HandlerSpec[]
  readonly endpoints: readonly EndpointSpec[]
  /** Timeouts, retries and circuit breakers of its own calls; absent when there are none. */
  readonly resiliency?: ResiliencySpec
  /** Those in scope of the App ID, whoever may use them. */
  readonly mcpServers: readonly McpServerSpec[]
  /** Environment variables that secrets were read from; the app is not to have them. */
  readonly secretVariables: readonly string[]
  readonly peers: readonly PeerSpec[]
  /** Components in scope, for `/v1.0/metadata`. */
  readonly components: readonly {
    readonly name: string
    readonly type: string
    readonly version: string
  }[]
}
