// The TLS settings of an HTTPEndpoint: documents that can be used, and that go together.
import {
  keyPairProblem,
  tlsDocumentProblem,
  tlsDocuments,
  type TlsDocumentName,
} from '../../core/client-tls.ts'
import type { JsonObject } from '../../core/json.ts'
import { redacted } from '../../core/secret.ts'
import { at, objectAt, textAt } from '../access.ts'
import { sentence, type Report } from '../finding.ts'
import { checkOrigin } from '../name-values.ts'

export const clientTls = '/spec/clientTLS'

/** `store` is the secret store of the endpoint, undefined the built-in one. */
export function checkClientTls(
  manifest: JsonObject,
  store: string | undefined,
  report: Report,
): void {
  const tls = objectAt(manifest, 'spec', 'clientTLS')
  const sound = tlsDocuments.filter((name) => isSound(tls, name, store, report))
  for (const [own, other] of [
    ['certificate', 'privateKey'],
    ['privateKey', 'certificate'],
  ] as const) {
    if (at(tls, own) === undefined || at(tls, other) !== undefined) continue
    report({
      rule: 'missing-field',
      pointer: `${clientTls}/${own}`,
      at: 'key',
      message: `clientTLS has ${own} and no ${other}.`,
      hint: `Add ${other}, or remove ${own}.`,
    })
  }
  const [certificate, privateKey] = [literal(tls, 'certificate'), literal(tls, 'privateKey')]
  if (sound.length === 3 && certificate !== undefined && privateKey !== undefined) {
    const problem = keyPairProblem(certificate, privateKey)
    const pointer = `${clientTls}/privateKey/value`
    if (problem !== undefined)
      report({ rule: 'value', pointer, ...sentence('privateKey', problem) })
  }
  const renegotiation = textAt(tls, 'renegotiation')
  if (renegotiation === undefined || renegotiation === 'Never') return
  report({
    severity: 'warning',
    rule: 'not-run',
    pointer: `${clientTls}/renegotiation`,
    at: 'key',
    message: 'renegotiation is read and not done: a server that asks for it loses the connection.',
    hint: 'Remove it, or have the server ask for the client certificate at the start.',
  })
}

/** False when the document is a literal that cannot be used, which is reported. */
function isSound(
  tls: JsonObject | undefined,
  name: TlsDocumentName,
  store: string | undefined,
  report: Report,
): boolean {
  const document = at(tls, name)
  if (document === undefined) return true
  const pointer = `${clientTls}/${name}`
  checkOrigin(document, { pointer, store }, report)
  const value = literal(tls, name)
  const problem = value === undefined ? undefined : tlsDocumentProblem(name, value)
  if (problem === undefined) return true
  report({ rule: 'value', pointer: `${pointer}/value`, ...sentence(name, problem) })
  return false
}

/** The text of a document that stands in the manifest itself; a redacted one has a finding of its own. */
function literal(tls: JsonObject | undefined, name: TlsDocumentName): string | undefined {
  const value = textAt(tls, name, 'value')
  return value === redacted ? undefined : value
}
