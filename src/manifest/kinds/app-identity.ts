// App IDs as manifests: what the control plane adds to them is left out, so that `get -o yaml` can be applied again.
import { headerNameProblem, headerValueProblem } from '../../core/header-rules.ts'
import type { JsonObject } from '../../core/json.ts'
import { at, objectAt, textAt } from '../access.ts'
import { credentialPointers } from '../credentials.ts'
import { sentence, type Report } from '../finding.ts'
import { checkServiceUrl } from './http-endpoint.ts'
import type { Kind } from './kind.ts'

/** Fields that only the control plane sets, by where they stand. */
export const serverFields = {
  top: ['status'],
  metadata: ['uid', 'createdAt', 'updatedAt', 'resourceVersion', 'generation'],
  spec: ['projectId'],
} as const

export const appIdentity: Kind = {
  kind: 'AppIdentity',
  aliases: ['AppID'],
  apiVersions: ['cra.diagrid.io/v1beta1'],
  schema: 'AppIdentity',
  naming: 'label',

  normalize(value) {
    const metadata = objectAt(value, 'metadata')
    const spec = objectAt(value, 'spec')
    return {
      ...without(value, serverFields.top),
      kind: 'AppIdentity',
      ...(metadata === undefined ? {} : { metadata: without(metadata, serverFields.metadata) }),
      ...(spec === undefined ? {} : { spec: without(spec, serverFields.spec) }),
    }
  },

  check(manifest, report) {
    if (textAt(manifest, 'spec', 'protocol') === 'grpc') {
      const message = 'protocol grpc is not served; only http is.'
      report({ rule: 'value', pointer: '/spec/protocol', message, hint: 'Use http.' })
    }
    const endpoint = '/spec/appEndpoint'
    checkServiceUrl(textAt(manifest, 'spec', 'appEndpoint', 'url'), `${endpoint}/url`, report)
    const header = textAt(manifest, 'spec', 'appEndpoint', 'tokenHeader')
    const token = textAt(manifest, 'spec', 'appEndpoint', 'token')
    const headerProblem =
      header === undefined || header === '' ? undefined : headerNameProblem(header)
    if (headerProblem !== undefined) {
      const pointer = `${endpoint}/tokenHeader`
      report({ rule: 'header-name', pointer, ...sentence('tokenHeader', headerProblem) })
    }
    const tokenProblem = token === undefined ? undefined : headerValueProblem(token)
    if (tokenProblem !== undefined) {
      report({
        rule: 'header-value',
        pointer: `${endpoint}/token`,
        ...sentence('token', tokenProblem),
      })
    }
    reportNotRun(manifest, report)
  },

  references(manifest) {
    const name = textAt(manifest, 'spec', 'appConfig')
    if (name === undefined || name === '') return []
    return [{ pointer: '/spec/appConfig', to: 'configuration', name }]
  },

  sensitive: (manifest) => credentialPointers(manifest['spec'] ?? null, '/spec'),
}

/** What Catalyst's sidecar acts on and this one does not. */
function reportNotRun(manifest: JsonObject, report: Report): void {
  if (at(manifest, 'spec', 'appEndpoint', 'clientTimeoutSeconds') === undefined) return
  const pointer = '/spec/appEndpoint/clientTimeoutSeconds'
  const message = 'clientTimeoutSeconds is stored but not run here.'
  report({ severity: 'warning', rule: 'not-run', pointer, at: 'key', message })
}

function without(value: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))
}
