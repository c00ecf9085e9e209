// The TLS documents of an HTTPEndpoint as its sidecar gets them: read from everywhere, refused with place and reason.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

import type { ControlPlane } from '../../src/control-plane/control-plane.ts'
import { Secret } from '../../src/core/secret.ts'
import { readTexts } from '../../src/manifest/read.ts'
import { open, temporaryHome } from './builders.ts'

const pem = (name: string): string =>
  readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8')

function planeWith(clientTLS: object, env: NodeJS.ProcessEnv = {}): ControlPlane {
  const plane = open(temporaryHome(), { env })
  plane.secrets.set('default', 'tls', 'key', new Secret(pem('localhost.key')))
  plane.secrets.set('default', 'tls', 'other', new Secret(pem('expired.key')))
  plane.secrets.set('default', 'tls', 'broken', new Secret('hunter2'))
  const spec = { baseUrl: 'https://mcp.example.com', clientTLS }
  const text = JSON.stringify({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'HTTPEndpoint',
    metadata: { name: 'up' },
    spec,
  })
  const { resources } = readTexts([{ file: 'up.json', text }])
  plane.appIds.create('default', 'client', {})
  plane.apply('default', resources)
  return plane
}

const endpointOf = (plane: ControlPlane) => plane.snapshot('default', 'client').endpoints[0]
const key = (name: string) => ({ secretKeyRef: { name: 'tls', key: name } })

it('come from the manifest, the environment and the secret store', () => {
  const plane = planeWith(
    {
      rootCA: { value: pem('localhost.crt') },
      certificate: { envRef: 'MCP_CERT' },
      privateKey: key('key'),
    },
    { MCP_CERT: pem('localhost.crt') },
  )
  const { problem, tls } = endpointOf(plane) ?? {}
  expect(problem).toBeUndefined()
  expect(tls?.rootCA).toBe(pem('localhost.crt'))
  expect(tls?.identity?.certificate).toBe(pem('localhost.crt'))
  expect(tls?.identity?.privateKey.reveal()).toBe(pem('localhost.key'))
  const before = tls?.digest
  expect(endpointOf(plane)?.tls?.digest).toBe(before)
})

it('a literal key is kept sealed, and comes back', () => {
  const plane = planeWith({
    certificate: { value: pem('localhost.crt') },
    privateKey: { value: pem('localhost.key') },
  })
  expect(
    JSON.stringify(plane.resources.get('default', 'HTTPEndpoint', 'up').manifest),
  ).not.toContain('PRIVATE KEY')
  expect(endpointOf(plane)?.tls?.identity?.privateKey.reveal()).toBe(pem('localhost.key'))
})

it.for([
  [{ privateKey: key('broken') }, 'The privateKey of HTTPEndpoint "up" is no private key in PEM.'],
  [{ privateKey: key('other') }, 'The privateKey of HTTPEndpoint "up" is not the key of the cert'],
  [{ certificate: { envRef: 'NOT_SET' } }, 'needs the environment variable NOT_SET'],
] as const)('make it unusable, with the reason: %o', ([part, message]) => {
  const plane = planeWith({
    certificate: { value: pem('localhost.crt') },
    privateKey: key('key'),
    ...part,
  })
  const { problem, tls } = endpointOf(plane) ?? {}
  expect(problem?.message).toContain(message)
  expect(problem?.place).toMatch(/^up\.json:\d+:\d+$/)
  expect(tls).toBeUndefined()
})
