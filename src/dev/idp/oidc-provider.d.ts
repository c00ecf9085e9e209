// The part of oidc-provider that the development authorization server uses; the package ships no types.
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface RequestContext {
    readonly path: string
    body: unknown
    /** A request header, or the empty string. */
    get(header: string): string
    remove(header: string): void
    readonly oidc?: {
      readonly route?: string
      readonly body?: Readonly<Record<string, string | string[] | undefined>>
      readonly params?: Readonly<Record<string, unknown>>
      readonly client?: { readonly clientId: string }
    }
  }

  export interface StructuredToken {
    readonly payload: Record<string, unknown>
  }

  export class Provider {
    constructor(issuer: string, configuration: object)
    use(middleware: (ctx: RequestContext, next: () => Promise<void>) => Promise<void>): this
    on(event: 'grant.success', listener: (ctx: RequestContext) => void): this
    on(
      event: 'grant.error' | 'server_error',
      listener: (ctx: RequestContext, error: Error) => void,
    ): this
    on(event: 'error', listener: (error: Error) => void): this
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
  }

  export const errors: {
    readonly InvalidTarget: new (description: string) => Error
    readonly InvalidScope: new (description: string, scope: string) => Error
  }
}
