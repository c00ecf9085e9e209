// The list of middleware component types that the data plane runs.
import { bearer } from './http/bearer.ts'
import { cors } from './http/cors.ts'
import { headers } from './http/headers.ts'
import { oauth2 } from './http/oauth2.ts'
import { oauth2ClientCredentials } from './http/oauth2clientcredentials.ts'
import { opa } from './http/opa.ts'
import { rateLimit } from './http/ratelimit.ts'
import { routerAlias } from './http/routeralias.ts'
import { routerChecker } from './http/routerchecker.ts'
import { uppercase } from './http/uppercase.ts'
import type { Middleware } from './middleware.ts'

export const middlewares: readonly Middleware[] = [
  oauth2,
  oauth2ClientCredentials,
  bearer,
  opa,
  rateLimit,
  routerAlias,
  routerChecker,
  uppercase,
  headers,
  cors,
]
