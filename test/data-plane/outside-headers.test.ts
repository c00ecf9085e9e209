// What callers from outside may say to an app, and what only the sidecar may: in any spelling that a server could read.
import { mkdtempSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'

import { Secret } from '../../src/core/secret.ts'
import { endpoint, snapshotOf, startSidecar, type TestSidecar } from '../support/sidecar.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'

let upstream: Upstream
let test: TestSidecar
const socketPath = join(mkdtempSync(join(tmpdir(), 'mcpauth-')), 's')

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => {
    response.end('reached')
  })
  test = await startSidecar(
    snapshotOf({
      app: { url: upstream.url, tokenHeader: 'X-App_Token', token: new Secret('ours') },
      endpoints: [endpoint('up', upstream.url)],
    }),
    {},
    { ingressPort: 0, socketPath },
  )
  return async () => {
    await test.sidecar.stop(0)
    await upstream.close()
  }
})

/** The values that reach the app under `name`, in lower case. */
async function reaching(door: 'sidecar' | 'ingress' | 'peer', name: string): Promise<string[]> {
  const { sidecar, port } = test
  const address = {
    sidecar: { port, path: '/v1.0/invoke/up/method/a' },
    ingress: { port: sidecar.ingressPort, path: '/a' },
    peer: { socketPath, path: '/a' },
  }[door]
  const headers = {
    ...(door === 'peer' ? { 'dapr-caller-app-id': 'client' } : {}),
    [name]: 'theirs',
    connection: 'close',
  }
  const before = upstream.seen.length
  await new Promise<void>((resolve, reject) => {
    const sending = httpRequest({ host: '127.0.0.1', ...address, headers }, (answer) => {
      answer.resume().once('end', () => resolve())
    })
    sending.once('error', reject).end()
  })
  expect(upstream.seen.length).toBe(before + 1)
  const raw = upstream.seen.at(-1)?.rawHeaders ?? []
  const field = name.toLowerCase()
  return raw.filter((_value, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === field)
}

const forwarding = [
  'Forwarded',
  'X-Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'X-Forwarded-Uri',
  'X-Forwarded-Method',
  'X-Forwarded-Access-Token',
  'X-Real-IP',
  'X-Client-IP',
  'X-Original-URL',
  'X-Rewrite-URL',
]
const spellings = (names: readonly string[]): string[] => [
  ...new Set(
    names.flatMap((name) => [
      name,
      name.replaceAll('-', '_'),
      name.replace('-', '_').toUpperCase(),
    ]),
  ),
]

describe.for(['ingress', 'peer'] as const)('from the %s', (door) => {
  it.for([
    ...spellings([...forwarding, 'dapr-api-token', 'dapr-app-id']),
    'dapr_caller_namespace',
    'dapr_caller-namespace',
    'dapr_caller_app_id',
    'dapr_callee-app_id',
    'Authorization_',
    '_authorization',
    'X-App-Token',
    'X_App_Token',
    'x_app-token',
  ])('%s does not reach the app', async (name) => {
    expect(await reaching(door, name)).toEqual([])
  })

  it("the caller's namespace is the project of a caller with a sidecar", async () => {
    const stamped = door === 'peer' ? ['test'] : []
    expect(await reaching(door, 'dapr-caller-namespace')).toEqual(stamped)
  })

  it("the header of the app's token is the sidecar's", async () => {
    expect(await reaching(door, 'x-app_token')).toEqual(['ours'])
  })

  it.for(['X-Trace_Id', 'X_Tenant', 'Authorization', 'X-Forward', 'Cookie', 'X-App-Tokens'])(
    '%s reaches the app',
    async (name) => {
      expect(await reaching(door, name)).toEqual(['theirs'])
    },
  )
})

describe('from the own app', () => {
  it.for(spellings(forwarding))('%s goes out', async (name) => {
    expect(await reaching('sidecar', name)).toEqual(['theirs'])
  })

  it.for(['dapr_caller_app_id', 'DAPR_callee-app-id'])('%s does not', async (name) => {
    expect(await reaching('sidecar', name)).toEqual([])
  })
})
