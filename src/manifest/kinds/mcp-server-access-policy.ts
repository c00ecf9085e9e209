// Access policies of MCP servers: one for each, called after it.
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { lastToken } from '../../core/pointer.ts'
import { compileSchema } from '../../json-schema/compile.ts'
import { listAt, textAt } from '../access.ts'
import { sentence, type Report } from '../finding.ts'
import { quote } from '../problem.ts'
import type { Kind } from './kind.ts'

export const mcpServerAccessPolicy: Kind = {
  kind: 'MCPServerAccessPolicy',
  apiVersions: ['cra.diagrid.io/v1beta1'],
  schema: 'MCPServerAccessPolicy',
  naming: 'label',

  check(manifest, report) {
    for (const { grant, pointer } of grantsOf(manifest)) checkArguments(grant, pointer, report)
  },

  references(manifest) {
    const name = textAt(manifest, 'metadata', 'name')
    return name === undefined ? [] : [{ pointer: '/metadata/name', to: 'mcp-server', name }]
  },

  sensitive: () => [],
}

interface Grant {
  readonly grant: JsonObject
  readonly pointer: string
}

function grantsOf(manifest: JsonObject): Grant[] {
  return listAt(manifest, 'spec', 'rules').flatMap((rule, index) =>
    listAt(rule, 'grants').flatMap((grant: Json, position): Grant[] =>
      isJsonObject(grant) ? [{ grant, pointer: `/spec/rules/${index}/grants/${position}` }] : [],
    ),
  )
}

/** What a sidecar could not judge must not come that far: it would refuse every call to the server. */
function checkArguments(grant: JsonObject, pointer: string, report: Report): void {
  const { arguments: schema, capability } = grant
  if (!isJsonObject(schema)) return
  if (capability !== 'tools') {
    const message = 'Only calls of tools have arguments that are judged.'
    const hint = 'Remove arguments, or grant tools.'
    report({ rule: 'value', pointer: `${pointer}/arguments`, at: 'key', message, hint })
    return
  }
  const compiled = compileSchema(schema)
  if (compiled.ok) return
  for (const { pointer: place, at, ...said } of compiled.problems) {
    const label = place === '' ? 'arguments' : quote(lastToken(place))
    report({
      rule: 'argument-schema',
      pointer: `${pointer}/arguments${place}`,
      at,
      ...sentence(label, said),
    })
  }
}
