// The JWT-SVIDs of a project: who they name, and the keys behind them, made late, sealed, replaced without a gap.
import BetterSqlite3 from 'better-sqlite3'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import type { ControlPlane } from '../../src/control-plane/control-plane.ts'
import { publishedSvidKeys } from '../../src/control-plane/svid-keys.ts'
import type { McpServerSpec } from '../../src/core/snapshot.ts'
import { readTexts } from '../../src/manifest/read.ts'
import { open, temporaryHome } from './builders.ts'

const jwt = '{header: Authorization, audience: "mcp://payments"}'

function manifests(auth: string, configuration = ''): string {
  return `apiVersion: dapr.io/v1alpha1
kind: MCPServer
metadata: { name: calc }
spec: { endpoint: { streamableHTTP: { url: "https://mcp.example.com/mcp", auth: ${auth} } } }
---
apiVersion: cra.diagrid.io/v1beta1
kind: AppIdentity
metadata: { name: agent }
spec: { ${configuration === '' ? '' : 'appConfig: agent-config'} }
${configuration === '' ? '' : `---\napiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: { name: agent-config }\nspec: ${configuration}\n`}`
}

function apply(plane: ControlPlane, text: string): void {
  const { resources, diagnostics } = readTexts([{ file: 'svid.yaml', text }])
  expect(diagnostics).toEqual([])
  expect(plane.apply('default', resources).diagnostics).toEqual([])
}

function specOf(plane: ControlPlane, appId = 'agent'): McpServerSpec | undefined {
  return plane.snapshot('default', appId).mcpServers[0]
}

describe('a JWT-SVID', () => {
  it.each([
    ['', 'spiffe://public/ns/default/agent'],
    ['{ accessControl: { trustDomain: example.org } }', 'spiffe://example.org/ns/default/agent'],
    ['{ httpPipeline: { handlers: [] } }', 'spiffe://public/ns/default/agent'],
  ])('with the Configuration %s names %s', (configuration, subject) => {
    const plane = open(temporaryHome())
    apply(plane, manifests(`{ spiffe: { jwt: ${jwt} } }`, configuration))
    expect(specOf(plane)?.problem).toBeUndefined()
    expect(specOf(plane)?.svid).toMatchObject({ subject, audience: 'mcp://payments' })
  })

  it.each([
    ['{header: Authorization, audience: a}', 'Bearer '],
    ['{header: authorization, audience: a, headerValuePrefix: ""}', ''],
    ['{header: X-Svid, audience: a}', ''],
    ['{header: X-Svid, audience: a, headerValuePrefix: "Svid "}', 'Svid '],
  ])('%s has the prefix "%s"', (written, prefix) => {
    const plane = open(temporaryHome())
    apply(plane, manifests(`{ spiffe: { jwt: ${written} } }`))
    expect(specOf(plane)?.svid?.prefix).toBe(prefix)
  })

  it('of a trust domain that cannot be one closes the server, with the line that says it', () => {
    const plane = open(temporaryHome())
    const configuration = '{ accessControl: { trustDomain: "Bad Domain" } }'
    apply(plane, manifests(`{ spiffe: { jwt: ${jwt} } }`, configuration))
    const spec = specOf(plane)
    expect(spec?.svid).toBeUndefined()
    expect(spec?.problem?.message).toContain('The trustDomain of Configuration "agent-config"')
    expect(spec?.problem?.place).toMatch(/^svid\.yaml:\d+:\d+$/)
  })
})

describe('the keys', () => {
  it('are made when a server first needs one, shared, and nowhere in clear', () => {
    const home = temporaryHome()
    const plane = open(home)
    apply(plane, manifests('{}'))
    plane.snapshot('default', 'agent')
    expect(publishedSvidKeys(home, 'default')).toEqual([])
    apply(plane, manifests(`{ spiffe: { jwt: ${jwt} } }`))
    const key = specOf(plane)?.svid?.key
    expect(specOf(open(home), 'calc')?.svid?.key.kid).toBe(key?.kid)
    const published = publishedSvidKeys(home, 'default')
    expect(published).toEqual([expect.objectContaining({ kid: key?.kid, alg: 'ES256' })])
    expect(JSON.stringify(published)).not.toContain('"d"')
    const body = key?.privateKey.reveal().split('\n')[1] ?? ''
    for (const name of ['control-plane.db', 'control-plane.db-wal'].map((file) => join(home, file)))
      expect(existsSync(name) && readFileSync(name).includes(body)).toBe(false)
  })

  it('of a project that does not exist are not published, and those of a deleted one neither', () => {
    const home = temporaryHome()
    const plane = open(home)
    plane.projects.create('other')
    expect(publishedSvidKeys(home, 'other')).toEqual([])
    plane.projects.delete('other', { force: true })
    expect(publishedSvidKeys(home, 'other')).toBeUndefined()
    expect(() => publishedSvidKeys(temporaryHome(), 'default')).toThrow()
  })

  it('are replaced; the two before stay published, and the server is another one', () => {
    const home = temporaryHome()
    const plane = open(home)
    expect(plane.rotateSvidKeys()).toEqual([])
    apply(plane, manifests(`{ spiffe: { jwt: ${jwt} } }`))
    const first = specOf(plane)
    const version = plane.dataVersion()
    const fresh = [1, 2, 3].flatMap(() => plane.rotateSvidKeys())
    expect(plane.dataVersion()).not.toBe(version)
    expect(publishedSvidKeys(home, 'default')?.map(({ kid }) => kid)).toEqual(fresh.toReversed())
    expect(specOf(plane)?.svid?.key.kid).toBe(fresh.at(-1))
    expect(specOf(plane)?.digest).not.toBe(first?.digest)
  })

  it('that were tampered with close the server, until they are replaced', () => {
    const home = temporaryHome()
    const plane = open(home)
    apply(plane, manifests(`{ spiffe: { jwt: ${jwt} } }`))
    plane.snapshot('default', 'agent')
    const database = new BetterSqlite3(join(home, 'control-plane.db'))
    database.exec('UPDATE svid_keys SET box = zeroblob(200)')
    database.close()
    const spec = specOf(plane)
    expect(spec?.svid).toBeUndefined()
    expect(spec?.problem).toMatchObject({
      message: expect.stringContaining('cannot be used: it cannot be opened') as string,
      hint: expect.stringContaining('--rotate-keys') as string,
    })
    plane.rotateSvidKeys()
    expect(specOf(plane)?.problem).toBeUndefined()
  })
})
