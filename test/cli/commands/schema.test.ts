// `mcpauth schema`
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'

import { namedSchemas } from '../../../src/cli/shipped-schemas.ts'
import { kinds } from '../../../src/manifest/kinds/index.ts'
import { componentTypes } from '../../../src/manifest/generated/component-types.ts'
import { runCli } from '../../support/run-cli.ts'

const names = [...namedSchemas().keys()]

async function schema(...argv: string[]): Promise<object> {
  const { exitCode, stdout, stderr } = await runCli(['schema', ...argv])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return JSON.parse(stdout) as object
}

function fixture(path: string): unknown {
  const text = readFileSync(new URL(`../../../fixtures/${path}`, import.meta.url), 'utf8')
  const [document] = parseAllDocuments(text)
  return document?.toJS()
}

/** Throws for a reference that leads nowhere. */
function validator(described: object): (value: unknown) => boolean {
  return new Ajv2020({ strict: false }).compile(described)
}

describe('schema', () => {
  it('prints the schema for editors', async () => {
    const file = new URL('../../../schemas/manifest.schema.json', import.meta.url)
    expect(await schema()).toEqual(JSON.parse(readFileSync(file, 'utf8')))
    const isValid = validator(await schema())
    expect(isValid(fixture('guide/components/oauth2.yaml'))).toBe(true)
    expect(isValid(fixture('manifests/invalid/http-endpoint.yaml'))).toBe(false)
  })

  it('knows every kind that has a schema, and every component type', () => {
    const wanted = kinds.flatMap(({ schema: title = [] }) => title)
    const all = [...wanted, ...Object.keys(componentTypes), 'dev-users', 'run-file', 'access-cases']
    expect(names.toSorted()).toEqual(all.toSorted())
  })

  it.for(names)('prints %s, complete in itself', async (name) => {
    const printed = await schema(name.toLowerCase())
    expect(() => validator(printed)).not.toThrow()
  })

  it('prints schemas that tell right from wrong', async () => {
    const endpoint = validator(await schema('HTTPEndpoint'))
    expect(endpoint(fixture('guide/components/mcp-server-endpoint.yaml'))).toBe(true)
    expect(endpoint(fixture('guide/components/oauth2.yaml'))).toBe(false)
    const bearer = validator(await schema('middleware.http.bearer'))
    expect(bearer({ issuer: 'https://auth.example.com', audience: 'a' })).toBe(true)
    expect(bearer({ issuer: 'https://auth.example.com' })).toBe(false)
    const runFile = validator(await schema('run-file'))
    expect(runFile({ version: 1, apps: [{ appID: 'a', enableAppHealthCheck: true }] })).toBe(true)
    expect(runFile({ version: 1, apps: [{ appId: 'a' }] })).toBe(false)
  })

  it('says in the schema of run files what is ignored here', async () => {
    const text = JSON.stringify(await schema('run-file'))
    expect(text).toContain('Log level of daprd. Ignored here.')
    expect(text).not.toContain('Environment variables of every app. Ignored here.')
  })

  it('takes a component type as a kind and a type too', async () => {
    const type = 'middleware.http.bearer'
    expect(await schema('component', type)).toEqual(await schema(type))
    expect(await schema('Component', type.toUpperCase())).toEqual(await schema(type))
    const near = await runCli(['schema', 'component', 'middleware.http.baerer'])
    expect(near).toMatchObject({ exitCode: 2, stdout: '' })
    expect(near.stderr).toContain('hint: Did you mean middleware.http.bearer?\n')
    const kind = await runCli(['schema', 'component', 'HTTPEndpoint'])
    expect(kind.stderr).toMatch(/^hint: Use one of: middleware\.http\.bearer, /m)
    const other = await runCli(['schema', 'httpendpoint', type])
    expect(other).toMatchObject({ exitCode: 2, stdout: '' })
    expect(other.stderr).toContain('hint: Use: mcpauth schema component TYPE\n')
  })

  it('offers the nearest name for an unknown one', async () => {
    const near = await runCli(['schema', 'middleware.http.baerer'])
    expect(near).toMatchObject({ exitCode: 2, stdout: '' })
    expect(near.stderr).toContain('hint: Did you mean middleware.http.bearer?\n')
    const far = await runCli(['schema', 'Widget'])
    expect(far.stderr).toContain('hint: Use one of: AppIdentity, Component,')
  })
})
