// middleware.http.routeralias: leads paths to other paths. What comes after it, access control too, sees the new one alone.
import type { RE2JS } from 're2js'
import type { RouterAliasMetadata } from '../../core/generated/types.ts'
import { decodePath } from '../../core/request-target.ts'
import { readRouteAliases, withoutSlash, type RouteAlias } from '../../core/route-alias.ts'
import { compileExpression } from '../expression.ts'
import { readMetadata } from '../metadata.ts'
import type { Middleware } from '../middleware.ts'

type Field = keyof RouterAliasMetadata

export const routerAlias: Middleware = {
  type: 'middleware.http.routeralias',
  version: 'v1',
  provision(metadata, context) {
    const reader = readMetadata<Field>(metadata, context)
    const read = readRouteAliases(reader.requiredText('routes'))
    if ('problem' in read) throw reader.complaint('routes', read.problem, read.hint)
    const aliases = read.value.map((alias) => ({
      alias,
      expression: compileExpression(alias.pattern, 'routes', reader),
    }))
    return {
      summary: `${aliases.length} ${aliases.length === 1 ? 'route' : 'routes'}`,
      isSelfContained: true,
      onRequest(exchange) {
        const path = withoutSlash(decodePath(exchange.path))
        for (const { alias, expression } of aliases) {
          const values = valuesIn(path, alias, expression)
          if (values === undefined) continue
          exchange.path = alias.to
          exchange.query = withParameters(exchange.query, alias.variables, values)
          return undefined
        }
        return undefined
      },
    }
  },
}

/** The values of the variables, when the path is one of the alias. */
function valuesIn(path: string, { variables }: RouteAlias, expression: RE2JS) {
  const matcher = expression.matcher(path)
  if (!matcher.matches()) return undefined
  return variables.map((_name, index) => matcher.group(`v${index}`) ?? '')
}

function withParameters(query: string, names: readonly string[], values: readonly string[]) {
  let extended = query === '?' ? '' : query
  for (const [index, name] of names.entries()) {
    const parameter = `${encodeURIComponent(name)}=${encodeURIComponent(values[index] ?? '')}`
    extended += `${extended === '' ? '?' : '&'}${parameter}`
  }
  return extended
}
