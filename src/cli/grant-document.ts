// A login as commands print it: everything but the tokens.
import type { GrantView } from '../control-plane/grants.ts'
import type { Document } from './output/documents.ts'

export function grantDocument(grant: GrantView): Document {
  const spec = {
    component: grant.component,
    issuer: grant.issuer,
    clientId: grant.clientId,
    resource: grant.resource,
    scopes: grant.scopes.join(' '),
    grantedScope: grant.grantedScope ?? '',
    subject: grant.subject,
    user: grant.user ?? '',
    expiresAt: grant.expiresAt ?? 'login needed',
    isRenewable: grant.isRenewable,
    updatedAt: grant.updatedAt,
  }
  const manifest = { apiVersion: 'v1', kind: 'Token', metadata: { name: grant.id }, spec }
  return { kind: 'Token', name: grant.id, manifest }
}
