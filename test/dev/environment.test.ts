import { delimiter, join } from 'node:path'
import { expect, it } from 'vitest'

import { childEnvironment, serverEnvironment } from '../../src/dev/environment.ts'

const base = {
  inherited: { PATH: '/bin', UNSET: undefined },
  extra: {},
  withheld: [],
  appId: 'client',
  httpPort: 3500,
  appPort: undefined,
  apiToken: 't',
}

it('gives the command its sidecar and identity', () => {
  expect(childEnvironment({ ...base, appPort: 8000 })).toEqual({
    PATH: '/bin',
    PYTHONUNBUFFERED: '1',
    DAPR_HTTP_ENDPOINT: 'http://127.0.0.1:3500',
    DAPR_HTTP_PORT: '3500',
    DAPR_API_TOKEN: 't',
    DAPR_APP_ID: 'client',
    APP_ID: 'client',
    APP_PORT: '8000',
  })
})

it('wins over what was inherited or given with -e', () => {
  const env = childEnvironment({
    ...base,
    inherited: { DAPR_HTTP_ENDPOINT: 'https://elsewhere', DAPR_GRPC_ENDPOINT: 'https://elsewhere' },
    extra: { DAPR_API_TOKEN: 'stale', MODE: 'test' },
  })
  expect(env).toMatchObject({
    DAPR_HTTP_ENDPOINT: 'http://127.0.0.1:3500',
    DAPR_API_TOKEN: 't',
    MODE: 'test',
  })
  expect(env).not.toHaveProperty('DAPR_GRPC_ENDPOINT')
})

it('withholds the variables that secrets came from, unless they are given with -e', () => {
  const options = { ...base, inherited: { OAUTH_SECRET: 's' }, withheld: ['OAUTH_SECRET'] }
  expect(childEnvironment(options)).not.toHaveProperty('OAUTH_SECRET')
  expect(childEnvironment({ ...options, extra: { OAUTH_SECRET: 's' } })).toHaveProperty(
    'OAUTH_SECRET',
  )
})

it("leaves the programs of mcpauth's own repository out of PATH, where npx put them", () => {
  const root = join('/', 'work', 'mcpauth')
  const own = join(root, 'node_modules', '.bin')
  const path = [join(root, 'tutorial', 'node_modules', '.bin'), own, '/usr/bin']
  const npx = {
    PATH: path.join(delimiter),
    npm_command: 'exec',
    npm_package_name: 'mcpauth',
    npm_config_local_prefix: root,
  }
  const pathOf = (inherited: Record<string, string>): string[] | undefined =>
    childEnvironment({ ...base, inherited })['PATH']?.split(delimiter)
  expect(pathOf(npx)).toEqual(path.filter((folder) => folder !== own))
  expect(pathOf({ ...npx, npm_package_name: 'my-server' })).toEqual(path)
  expect(pathOf({ PATH: npx.PATH })).toEqual(path)
  const given = childEnvironment({ ...base, inherited: npx, extra: { PATH: own } })
  expect(given['PATH']).toBe(own)
})

it('of an MCP server has neither what is the sidecar’s nor what secrets are read from', () => {
  const inherited = { PATH: '/bin', HOME: '/home/a', UNSET: undefined, API_KEY: 's' }
  const own = { APP_API_TOKEN: 't', DAPR_API_TOKEN: 't', MCPAUTH_HOME: '/data', dapr_x: 'x' }
  expect(serverEnvironment({ ...inherited, ...own }, ['API_KEY'])).toEqual({
    PATH: '/bin',
    HOME: '/home/a',
  })
})
