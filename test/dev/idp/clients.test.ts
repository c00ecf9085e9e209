// Clients from a file and on request, and the manifests that connect them.
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { generateClient, generatedClients, loadClientsFile } from '../../../src/dev/idp/clients.ts'
import {
  bearerComponent,
  oauth2Component,
  storeSecretCommand,
} from '../../../src/dev/idp/component.ts'
import { readLastRun } from '../../../src/dev/idp/last-run.ts'
import { createClientKey } from '../../support/client-key.ts'
import { temporaryHome } from '../../support/authorization-server.ts'

let home: string
beforeEach(async () => {
  home = await temporaryHome()
})
afterEach(() => rm(home, { recursive: true }))

describe('a generated client', () => {
  it('keeps its secret, in private files only', async () => {
    const first = await generateClient(home, 'mcp-client')
    const again = await generateClient(home, 'mcp-client')
    const secret = first.client.clientSecret.reveal()
    expect([first.created, again.created]).toEqual([true, false])
    expect(again.client.clientSecret.reveal()).toBe(secret)
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(await readFile(first.secretFile, 'utf8')).toBe(secret)
    for (const file of [first.secretFile, path.join(home, 'dev-idp', 'clients.json')]) {
      expect((await stat(file)).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600)
    }
    expect(JSON.stringify(first)).not.toContain(secret)
  })

  it('is not lost when others are made at the same time', async () => {
    const names = ['a', 'b', 'c', 'd']
    await Promise.all(names.map((name) => generateClient(home, name)))
    const kept = (await generatedClients(home)).map((client) => client.clientId)
    expect(kept.toSorted()).toEqual(names)
  })

  it.each(['', '../x', 'a/b', '-x', 'a b'])('cannot be called "%s"', async (name) => {
    await expect(generateClient(home, name)).rejects.toMatchObject({ code: 'USAGE' })
  })
})

describe('a clients file', () => {
  it('gives clients with scopes and audience', async () => {
    const file = await write(
      '[{"clientId":"a","clientSecret":"b","scopes":["mcp:read"],"audience":"c"}]',
    )
    const [client] = await loadClientsFile(file)
    expect(client).toMatchObject({ clientId: 'a', scopes: ['mcp:read'], audience: 'c' })
    expect(client?.clientSecret?.reveal()).toBe('b')
  })

  it('gives clients with keys in place of a secret', async () => {
    const { publicJwk } = await createClientKey()
    const entry = { clientId: 'a', jwks: { keys: [publicJwk] }, dpopBound: true }
    const [client] = await loadClientsFile(await write(JSON.stringify([entry])))
    expect(client).toEqual(entry)
  })

  it.each([
    ['[{"clientId":"a","jwks":{"keys":[]}}]', 'JWK set'],
    ['[{"clientId":"a","jwks":{"keys":[{"kty":"oct","k":"canary"}]}}]', 'secret or private key'],
    ['[{"clientId":"a","jwks":{"keys":[{"kty":"EC","crv":"P-256"}]}}]', 'no public key'],
    ['[{"clientId":"a","jwks":{"keys":[{}]},"clientSecret":"canary"}]', 'both'],
    ['[{"clientId":"a","clientSecret":"canary","dpopBound":"yes"}]', 'dpopBound'],
    ['[{"clientId":"a","clientSecret":"canary",}]', 'not JSON'],
    ['{"clientId":"a"}', 'not a list'],
    ['["canary"]', 'entry 1'],
    ['[{"clientId":"a","clientSecret":"canary","scope":"x"}]', 'unknown member "scope"'],
    ['[{"clientId":"a"}]', '"clientSecret" is missing'],
    ['[{"clientId":"a","clientSecret":7}]', '"clientSecret" is not a text'],
    ['[{"clientId":"a","clientSecret":"canary","scopes":["x y"]}]', '"scopes"'],
    [
      '[{"clientId":"a","clientSecret":"canary"},{"clientId":"a","clientSecret":"canary"}]',
      'client "a" is listed twice',
    ],
  ])('%s is refused without its secrets', async (text, reason) => {
    const error: unknown = await loadClientsFile(await write(text)).catch(
      (caught: unknown) => caught,
    )
    expect(error).toMatchObject({ code: 'DEV_IDP_FILE_INVALID' })
    expect(String(error)).toContain(reason)
    expect(String(error)).not.toContain('canary')
  })

  it('that is missing is a usage error', async () => {
    await expect(loadClientsFile(path.join(home, 'none'))).rejects.toMatchObject({ code: 'USAGE' })
  })
})

describe('the last run', () => {
  it('is unknown before the first, and refused when damaged', async () => {
    expect(await readLastRun(home)).toBeUndefined()
    await mkdir(path.join(home, 'dev-idp'))
    await writeFile(path.join(home, 'dev-idp', 'last-run.json'), '[]', { mode: 0o600 })
    await expect(readLastRun(home)).rejects.toMatchObject({ code: 'DEV_IDP_FILE_INVALID' })
  })
})

describe('the printed manifests', () => {
  it('connect a client without naming its secret', () => {
    const text = oauth2Component({
      clientId: 'a: "b" #',
      tokenUrl: 'http://127.0.0.1:9/token',
      scopes: ['mcp:read', 'mcp:write'],
      audience: 'mcp-server',
    })
    expect(parse(text)).toEqual({
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Component',
      metadata: { name: 'oauth2' },
      spec: {
        type: 'middleware.http.oauth2',
        version: 'v1',
        metadata: [
          { name: 'clientId', value: 'a: "b" #' },
          { name: 'clientSecret', secretKeyRef: { name: 'oauth-secret', key: 'clientSecret' } },
          { name: 'tokenURL', value: 'http://127.0.0.1:9/token' },
          { name: 'scopes', value: 'mcp:read,mcp:write' },
          { name: 'audience', value: 'mcp-server' },
        ],
      },
    })
  })

  it('let a server accept the tokens', () => {
    const text = bearerComponent({
      issuer: 'http://127.0.0.1:9',
      jwksUrl: 'http://127.0.0.1:9/jwks',
      audience: 'mcp-server',
    })
    expect(parse(text)).toMatchObject({
      metadata: { name: 'bearer-validator' },
      spec: {
        type: 'middleware.http.bearer',
        metadata: [
          { name: 'issuer', value: 'http://127.0.0.1:9' },
          { name: 'jwksURL', value: 'http://127.0.0.1:9/jwks' },
          { name: 'audience', value: 'mcp-server' },
        ],
      },
    })
  })

  it('come with a command that reads the secret from its file', () => {
    expect(storeSecretCommand('mcpauth', '/home/me/x')).toBe(
      'mcpauth secret set oauth-secret clientSecret --from-file /home/me/x',
    )
    expect(storeSecretCommand('npx mcpauth', "/it's here")).toMatch(
      /^npx mcpauth .*'\/it'\\''s here'$/,
    )
  })
})

async function write(text: string): Promise<string> {
  const file = path.join(home, 'clients.json')
  await writeFile(file, text)
  return file
}
