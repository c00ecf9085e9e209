// HTTPEndpoints: a base URL, headers to set, TLS settings.
import { tlsDocuments } from '../../core/client-tls.ts'
import { headerNameProblem, headerValueProblem } from '../../core/header-rules.ts'
import type { Json } from '../../core/json.ts'
import { judgeUrl, serviceUrlProblem } from '../../core/trusted-url.ts'
import { at, listAt, textAt } from '../access.ts'
import { isCredentialHeader } from '../credentials.ts'
import { sentence, type Report } from '../finding.ts'
import { checkOrigin, envelopeReferences, secretReference } from '../name-values.ts'
import { quote } from '../problem.ts'
import { checkClientTls, clientTls } from './client-tls.ts'
import type { Kind } from './kind.ts'

const headers = '/spec/headers'

export const httpEndpoint: Kind = {
  kind: 'HTTPEndpoint',
  apiVersions: ['dapr.io/v1alpha1'],
  schema: 'HTTPEndpoint',
  naming: 'subdomain',

  check(manifest, report) {
    checkServiceUrl(textAt(manifest, 'spec', 'baseUrl'), '/spec/baseUrl', report)
    const store = textAt(manifest, 'auth', 'secretStore')
    checkHeaders(listAt(manifest, 'spec', 'headers'), { pointer: headers, store, report })
    checkClientTls(manifest, store, report)
  },

  references(manifest) {
    const store = textAt(manifest, 'auth', 'secretStore')
    return [
      ...envelopeReferences(manifest),
      ...listAt(manifest, 'spec', 'headers').flatMap((header, index) =>
        secretReference(header, `${headers}/${index}`, store),
      ),
      ...tlsDocuments.flatMap((name) => {
        const document = at(manifest, 'spec', 'clientTLS', name)
        return secretReference(document, `${clientTls}/${name}`, store)
      }),
    ]
  },

  sensitive: (manifest) => [
    ...listAt(manifest, 'spec', 'headers').flatMap((header, index) =>
      isCredentialHeader(textAt(header, 'name') ?? '') && textAt(header, 'value') !== undefined
        ? [`${headers}/${index}/value`]
        : [],
    ),
    ...(textAt(manifest, 'spec', 'clientTLS', 'privateKey', 'value') === undefined
      ? []
      : ['/spec/clientTLS/privateKey/value']),
  ],
}

/** Reports a URL that calls cannot be appended to; plain http to another machine is a warning, as Dapr allows it. */
export function checkServiceUrl(text: string | undefined, pointer: string, report: Report): void {
  if (text === undefined || text === '') return
  const field = pointer.slice(pointer.lastIndexOf('/') + 1)
  const broken = serviceUrlProblem(text)
  if (broken !== undefined) {
    report({ rule: 'value', pointer, ...sentence(field, broken) })
    return
  }
  const verdict = judgeUrl(text)
  if (verdict.ok) return
  report({ severity: 'warning', rule: 'insecure-url', pointer, ...sentence(field, verdict) })
}

/** Reports what is wrong with the headers of the list at `pointer`; `store` is the secret store of their resource. */
export function checkHeaders(
  items: readonly Json[],
  {
    pointer,
    store,
    report,
  }: { readonly pointer: string; readonly store: string | undefined; readonly report: Report },
): void {
  const seen = new Set<string>()
  for (const [index, header] of items.entries()) {
    checkHeader(header, `${pointer}/${index}`, { seen, store, report })
  }
}

interface HeaderContext {
  /** Lower-case names of the headers before this one. */
  readonly seen: Set<string>
  readonly store: string | undefined
  readonly report: Report
}

function checkHeader(header: Json, pointer: string, { seen, store, report }: HeaderContext): void {
  checkOrigin(header, { pointer, store }, report)
  const name = textAt(header, 'name')
  const value = textAt(header, 'value')
  if (name === undefined || name === '') return
  const nameProblem = headerNameProblem(name)
  if (nameProblem !== undefined) {
    report({ rule: 'header-name', pointer: `${pointer}/name`, ...sentence('name', nameProblem) })
  }
  if (seen.has(name.toLowerCase())) {
    const message = `The header ${quote(name)} is there twice.`
    const hint = 'Remove one of the two.'
    report({ rule: 'duplicate-header', pointer: `${pointer}/name`, message, hint })
  }
  seen.add(name.toLowerCase())
  const valueProblem = value === undefined ? undefined : headerValueProblem(value)
  if (valueProblem === undefined) return
  const label = `The value of ${quote(name)}`
  report({ rule: 'header-value', pointer: `${pointer}/value`, ...sentence(label, valueProblem) })
}
