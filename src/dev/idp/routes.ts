// The paths of the development authorization server, and the methods served at each.

/** Those of MCP 2025-03-26 for servers without metadata, where it names one. */
export const routes = {
  authorization: '/authorize',
  token: '/token',
  userinfo: '/userinfo',
  jwks: '/jwks',
  registration: '/register',
  introspection: '/introspect',
  revocation: '/revoke',
  device_authorization: '/device_authorization',
  code_verification: '/device',
} as const

export const jwksPaths: ReadonlySet<string> = new Set([routes.jwks, '/.well-known/jwks.json'])

const read = ['GET', 'HEAD']
const methods: ReadonlyMap<string, readonly string[]> = new Map([
  ['/.well-known/openid-configuration', read],
  ['/.well-known/oauth-authorization-server', read],
  ...[...jwksPaths].map((path) => [path, read] as const),
  [routes.authorization, ['GET', 'POST']],
  [routes.token, ['POST']],
  [routes.registration, ['POST']],
  [routes.introspection, ['POST']],
  [routes.revocation, ['POST']],
  [routes.device_authorization, ['POST']],
  [routes.code_verification, ['GET', 'POST']],
  [routes.userinfo, ['GET', 'POST']],
])

/** Where a browser comes back to from a page: `/authorize/ID`, `/device/ID`, `/interaction/ID`. */
const resumed = /^\/(?:authorize|device|interaction)\/[\w-]+$/

/** Undefined where nothing is served. */
export function methodsOf(path: string): readonly string[] | undefined {
  return methods.get(path) ?? (resumed.test(path) ? ['GET', 'POST'] : undefined)
}
