// The part of oidc-provider that the development authorization server uses; the package ships no types.
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface RequestContext {
    readonly path: string
    readonly query: Readonly<Record<string, string | string[] | undefined>>
    body: unknown
    status: number
    /** A request header, or the empty string. */
    get(header: string): string
    set(header: string, value: string): void
    remove(header: string): void
    readonly oidc?: {
      readonly route?: string
      readonly provider: Provider
      readonly body?: Readonly<Record<string, string | string[] | undefined>>
      /** Empty until the parameters of the request are known. */
      readonly params?: Record<string, unknown>
      readonly client?: Client
      readonly session?: Session
      readonly result?: { readonly consent?: { readonly grantId?: string } }
      readonly entities: {
        readonly AuthorizationCode?: Scoped
        readonly DeviceCode?: Scoped & { readonly params: Readonly<Record<string, unknown>> }
        readonly RefreshToken?: Scoped
      }
    }
  }

  export interface Scoped {
    readonly scope?: string
  }

  export interface Client {
    readonly clientId: string
    readonly clientName?: string
    /** How it authenticates at the token endpoint; `none` for a public client. */
    readonly clientAuthMethod: string
    grantTypeAllowed(type: string): boolean
  }

  export interface Session {
    /** True while no browser has its cookie. */
    readonly new?: boolean
    /** Whether it is stored at the end of the request. */
    touched?: boolean
    readonly accountId?: string
    loginAccount(details: { readonly accountId: string }): void
    grantIdFor(clientId: string): string | undefined
  }

  export interface Grant {
    readonly jti: string
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }

  export interface Account {
    readonly accountId: string
    claims(): Promise<Readonly<Record<string, unknown>>>
  }

  export interface Interaction {
    readonly uid: string
    readonly params: Readonly<Record<string, unknown>>
  }

  export interface Prompt {
    readonly checks: { check: (ctx: RequestContext) => boolean | Promise<boolean> }[]
  }

  export interface AdapterPayload {
    grantId?: string
    uid?: string
    userCode?: string
    consumed?: number
    [name: string]: unknown
  }

  export interface Adapter {
    upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void>
    find(id: string): Promise<AdapterPayload | undefined>
    findByUid(uid: string): Promise<AdapterPayload | undefined>
    findByUserCode(code: string): Promise<AdapterPayload | undefined>
    consume(id: string): Promise<void>
    destroy(id: string): Promise<void>
    revokeByGrantId(grantId: string): Promise<void>
  }

  export interface StructuredToken {
    readonly payload: Record<string, unknown>
  }

  export interface AccessToken {
    resourceServer: object
    scope?: string
    readonly tokenType: string
    /** Seconds. */
    readonly expiration: number
    setThumbprint(kind: 'jkt', thumbprint: string): void
    /** The token itself. */
    save(): Promise<string>
  }

  export class Provider {
    constructor(issuer: string, configuration: object)
    registerGrantType(
      type: string,
      handler: (ctx: RequestContext) => Promise<void>,
      parameters: readonly string[],
    ): void
    readonly AccessToken: new (properties: object) => AccessToken
    readonly Grant: {
      new (owner: { readonly accountId: string; readonly clientId: string }): Grant
      find(id: string): Promise<Grant | undefined>
    }
    readonly Client: { find(id: string): Promise<Client | undefined> }
    use(middleware: (ctx: RequestContext, next: () => Promise<void>) => Promise<void>): this
    on(event: 'grant.success', listener: (ctx: RequestContext) => void): this
    on(
      event:
        | 'grant.error'
        | 'server_error'
        | 'authorization.error'
        | 'device_authorization.error'
        | 'registration_create.error',
      listener: (ctx: RequestContext, error: Error) => void,
    ): this
    on(
      event: 'registration_create.success',
      listener: (ctx: RequestContext, client: Client) => void,
    ): this
    on(event: 'error', listener: (error: Error) => void): this
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: object,
    ): Promise<void>
  }

  export const interactionPolicy: { base(): Prompt[] }

  export const errors: {
    readonly InvalidTarget: new (description: string) => Error
    readonly InvalidClientMetadata: new (description: string) => Error
    readonly InvalidClient: new (description: string) => Error
    readonly InvalidRequest: new (description: string) => Error
    readonly InvalidScope: new (description: string, scope: string) => Error
    /** The text is for the log alone. */
    readonly InvalidGrant: new (detail: string) => Error
  }
}

/** What the grants of oidc-provider itself are made of. */
declare module 'oidc-provider/lib/helpers/grants.js' {
  import type { Provider, RequestContext } from 'oidc-provider'

  export function resolveRequestedResources(
    provider: Provider,
    ctx: RequestContext,
  ): Promise<object[]>
  export interface DpopProof {
    /** Of its key (RFC 7638). */
    readonly thumbprint: string
  }
  /** That of the request; undefined where there is none. Throws invalid_dpop_proof and use_dpop_nonce. */
  export function validateDpop(
    provider: Provider,
    ctx: RequestContext,
  ): Promise<DpopProof | undefined>
  /** Throws invalid_grant where the client must send a proof and there is none. */
  export function checkDpopRequired(
    provider: Provider,
    ctx: RequestContext,
    proof: DpopProof | undefined,
  ): void
  /** Throws invalid_grant for a proof that was used before. */
  export function checkDpopReplay(
    provider: Provider,
    ctx: RequestContext,
    proof: DpopProof,
    clientId: string,
  ): Promise<void>
  /** Throws invalid_scope. */
  export function validateClientScope(provider: Provider, ctx: RequestContext): Set<string>
}
