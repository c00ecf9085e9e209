// middleware.http.routerchecker: lets a request through only when its path and query match an expression.
import type { RouterCheckerMetadata } from '../../core/generated/types.ts'
import { answer } from '../answer.ts'
import { compileExpression } from '../expression.ts'
import { readMetadata } from '../metadata.ts'
import type { Middleware } from '../middleware.ts'

type Field = keyof RouterCheckerMetadata

export const routerChecker: Middleware = {
  type: 'middleware.http.routerchecker',
  version: 'v1',
  provision(metadata, context) {
    const reader = readMetadata<Field>(metadata, context)
    const text = reader.requiredText('rule')
    const rule = compileExpression(text, 'rule', reader)
    return {
      summary: `paths that match ${text}`,
      isSelfContained: true,
      onRequest: ({ path, query }) =>
        rule.matcher(path + query).find()
          ? undefined
          : answer({ status: 400, code: 'ROUTE_REFUSED', message: 'invalid router' }),
    }
  },
}
