// Upstreams, sidecars and small handlers for tests of a call; everything closes when its test is over.
import { onTestFinished } from 'vitest'

import type { Provisioned } from '../../src/middleware/middleware.ts'
import { startSidecar, type TestSidecar } from '../support/sidecar.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'

export async function upstreamOf(...args: Parameters<typeof startUpstream>): Promise<Upstream> {
  const upstream = await startUpstream(...args)
  onTestFinished(() => upstream.close())
  return upstream
}

export async function sidecarOf(...args: Parameters<typeof startSidecar>): Promise<TestSidecar> {
  const test = await startSidecar(...args)
  onTestFinished(() => test.sidecar.stop(0))
  return test
}

export const echo = async (): Promise<Upstream> =>
  upstreamOf((_request, response) => {
    response.end('reached')
  })

export const app = (url: string) => ({ url, tokenHeader: 'dapr-api-token' })

/** Notes on the request header `x-trace` that it ran. */
export const tracer = (name: string) => (): Provisioned => ({
  summary: name,
  onRequest: (exchange) => {
    exchange.headers.append('x-trace', name)
    return undefined
  },
})
export const refuse = (): Provisioned => ({
  summary: 'refuse',
  onRequest: () => ({
    status: 401,
    headers: ['www-authenticate', 'Bearer'],
    body: '',
    reason: 'no',
  }),
})
