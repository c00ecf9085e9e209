// Two sidecars of one project, each before an app, with the real component types: `one` calls `two`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

import type { AppSnapshot, HandlerSpec } from '../../src/core/snapshot.ts'
import { middlewares } from '../../src/middleware/index.ts'
import { handlerOf, snapshotOf, type TestSidecar } from '../support/sidecar.ts'
import type { Upstream } from '../support/upstream.ts'
import { app, sidecarOf, upstreamOf } from './call-fixture.ts'

/** A handler of a real component type; its digest tells handlers of the same type apart. */
export function real(type: string, metadata: Readonly<Record<string, string>> = {}): HandlerSpec {
  return handlerOf(`middleware.http.${type}`, JSON.stringify(metadata), metadata)
}

export interface TwoSidecars {
  readonly one: TestSidecar & { readonly snapshot: AppSnapshot }
  readonly two: TestSidecar & { readonly snapshot: AppSnapshot }
  readonly apps: { readonly one: Upstream; readonly two: Upstream }
  /** URL at which the sidecar of `one` reaches a path of the App ID. */
  readonly through: (appId: string, path: string) => string
  /** URL of a path at the ingress of `two`. */
  readonly ingress: (path: string) => string
}

type Change = Partial<AppSnapshot>
type Answer = Parameters<typeof upstreamOf>[0]

/** The apps answer with `NAME:PATH`, unless `answer` says otherwise. */
export async function twoSidecars(
  change: { readonly one?: Change; readonly two?: Change },
  answer?: Answer,
): Promise<TwoSidecars> {
  const folder = mkdtempSync(join(tmpdir(), 'mcpauth-two-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const start = async (appId: 'one' | 'two', peer: 'one' | 'two') => {
    const upstream = await upstreamOf(
      answer ??
        ((request, response) => {
          response.end(`${appId}:${request.url}`)
        }),
    )
    const snapshot = snapshotOf({
      appId,
      app: app(upstream.url),
      peers: [{ appId: peer, socketPath: join(folder, peer) }],
      ...change[appId],
    })
    const options = { middlewares, ingressPort: 0, socketPath: join(folder, appId) }
    return { upstream, sidecar: { ...(await sidecarOf(snapshot, {}, options)), snapshot } }
  }
  const one = await start('one', 'two')
  const two = await start('two', 'one')
  return {
    one: one.sidecar,
    two: two.sidecar,
    apps: { one: one.upstream, two: two.upstream },
    through: (appId, path) => `${one.sidecar.url}/v1.0/invoke/${appId}/method${path}`,
    ingress: (path) => `http://127.0.0.1:${two.sidecar.sidecar.ingressPort}${path}`,
  }
}
