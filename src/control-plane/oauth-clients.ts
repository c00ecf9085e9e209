// The clients of a project at authorization servers: those that registered themselves, sealed, and whom the others belong to.
import { isJsonObject } from '../core/json.ts'
import type { OAuthClientStore, RegisteredClient } from '../core/oauth-clients.ts'
import { Secret } from '../core/secret.ts'
import type { ProjectRow, StoreContext } from './context.ts'

export function oauthClientsOf(context: StoreContext, project: ProjectRow): OAuthClientStore {
  const { database, vault, clock } = context
  const identity = (issuer: string) => ['oauth_clients', project.name, issuer] as const
  return {
    read: (issuer) =>
      database.read(() => {
        const row = database.get<{ box: Buffer }>(
          'SELECT box FROM oauth_clients WHERE project_id = ? AND issuer = ?',
          project.id,
          issuer,
        )
        return row === undefined ? undefined : clientIn(vault.unseal(identity(issuer), row.box))
      }),
    keep: (issuer, client) =>
      void database.write(() =>
        database.run(
          `INSERT INTO oauth_clients (project_id, issuer, box, updated_at) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET box = excluded.box, updated_at = excluded.updated_at`,
          project.id,
          issuer,
          vault.seal(identity(issuer), textOf(client)),
          clock.now(),
        ),
      ),
    forget: (issuer) =>
      void database.write(() => {
        const sql = 'DELETE FROM oauth_clients WHERE project_id = ? AND issuer = ?'
        database.run(sql, project.id, issuer)
      }),
    bind: (clientId, resource, issuer) =>
      database.read(() => issuerOf(context, project, { clientId, resource })) ??
      database.write(() => {
        database.run(
          'INSERT INTO oauth_client_issuers (project_id, client_id, resource, issuer) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
          project.id,
          clientId,
          resource,
          issuer,
        )
        return issuerOf(context, project, { clientId, resource }) ?? issuer
      }),
  }
}

function issuerOf(
  { database }: StoreContext,
  project: ProjectRow,
  { clientId, resource }: { readonly clientId: string; readonly resource: string },
): string | undefined {
  return database.get<{ issuer: string }>(
    'SELECT issuer FROM oauth_client_issuers WHERE project_id = ? AND client_id = ? AND resource = ?',
    project.id,
    clientId,
    resource,
  )?.issuer
}

function textOf({ clientSecret, ...rest }: RegisteredClient): string {
  return JSON.stringify({
    ...rest,
    ...(clientSecret === undefined ? {} : { clientSecret: clientSecret.reveal() }),
  })
}

/** Undefined for one that another version wrote: it registers anew. */
function clientIn(text: Secret): RegisteredClient | undefined {
  const plain: unknown = JSON.parse(text.reveal())
  if (!isJsonObject(plain)) return undefined
  const { clientId, clientSecret, authMethod, redirectUri, expiresAt } = plain
  if (typeof clientId !== 'string' || typeof redirectUri !== 'string') return undefined
  if (
    authMethod !== 'none' &&
    authMethod !== 'client_secret_basic' &&
    authMethod !== 'client_secret_post'
  ) {
    return undefined
  }
  return {
    clientId,
    authMethod,
    redirectUri,
    ...(typeof clientSecret === 'string' ? { clientSecret: new Secret(clientSecret) } : {}),
    ...(typeof expiresAt === 'number' ? { expiresAt } : {}),
  }
}
