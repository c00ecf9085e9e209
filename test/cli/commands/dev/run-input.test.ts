// The command line of `dev run` as options.
import { expect, it } from 'vitest'

import { envServerPortOf, toDevRunOptions } from '../../../../src/cli/commands/dev/run-input.ts'

const flags = {
  project: undefined,
  'app-id': 'client',
  id: undefined,
  'app-port': undefined,
  config: undefined,
  'resources-path': [],
  env: [],
  'app-dir-path': '.',
  'dapr-http-port': undefined,
  'ingress-port': undefined,
  'public-url': undefined,
  'max-body-size': '4Mi',
  'dapr-http-max-request-size': undefined,
  'read-buffer-size': undefined,
  'dapr-http-read-buffer-size': undefined,
  'use-env-proxy': false,
  'allow-invoke-url': [],
  'app-id-env-server-enabled': false,
  'app-id-env-server-port': undefined,
  'enable-api-logging': false,
  'enable-app-health-check': false,
  'app-health-check-path': undefined,
  'app-health-probe-interval': undefined,
  'app-health-probe-timeout': undefined,
  'app-health-threshold': undefined,
  login: 'auto',
  'app-log-destination': undefined,
  'log-format': 'text',
} as const

it('the App ID is in lower case, by either name', () => {
  expect(toDevRunOptions([], { ...flags, 'app-id': undefined, id: 'C2' }).appId).toBe('c2')
  expect(toDevRunOptions([], { ...flags, 'app-id': 'C2', id: 'c2' }).appId).toBe('c2')
})

it('--app-port 0 is none', () => {
  expect(toDevRunOptions([], { ...flags, 'app-port': 0 }).appPort).toBeUndefined()
  expect(toDevRunOptions([], { ...flags, 'app-port': 8000 }).appPort).toBe(8000)
})

it.for([
  ['app-port', 'dapr-http-port'],
  ['app-port', 'ingress-port'],
  ['dapr-http-port', 'ingress-port'],
] as const)('--%s and --%s cannot be the same port', ([one, other]) => {
  expect(() => toDevRunOptions([], { ...flags, [one]: 3600, [other]: 3600 })).toThrow(
    expect.objectContaining({ code: 'USAGE', message: `--${one} and --${other} are both 3600.` }),
  )
  expect(() => toDevRunOptions([], { ...flags, [one]: 0, [other]: 0 })).not.toThrow()
  expect(() => toDevRunOptions([], { ...flags, [one]: 3600, [other]: 3601 })).not.toThrow()
})

it('--public-url is the URL of an ingress, without a slash at the end', () => {
  const ingress = { ...flags, 'ingress-port': 0 }
  const given = (url: string) => toDevRunOptions([], { ...ingress, 'public-url': url }).publicUrl
  expect(given('https://MCP.example.com/')).toBe('https://mcp.example.com')
  expect(given('https://mcp.example.com:443/base//')).toBe('https://mcp.example.com/base')
  expect(given('http://localhost:8080')).toBe('http://localhost:8080')
  for (const url of ['mcp.example.com', 'http://mcp.example.com', 'https://x?y', 'https://u@x']) {
    expect(() => given(url)).toThrow(expect.objectContaining({ code: 'USAGE' }))
  }
  expect(() => toDevRunOptions([], { ...flags, 'public-url': 'https://x' })).toThrow(
    expect.objectContaining({ code: 'USAGE', hint: 'Add --ingress-port.' }),
  )
})

it('health checks are as given, and the rest as the App ID has it', () => {
  expect(toDevRunOptions([], flags).health).toEqual({})
  const given = { 'enable-app-health-check': true, 'app-health-check-path': '/up' } as const
  expect(toDevRunOptions([], { ...flags, ...given }).health).toEqual({ enabled: true, path: '/up' })
  const slow = { ...flags, 'app-health-probe-timeout': 2001, 'app-health-probe-interval': 2 }
  expect(() => toDevRunOptions([], slow)).toThrow('longer than the time between two')
  const noPath = { ...flags, 'app-health-check-path': 'up' }
  expect(() => toDevRunOptions([], noPath)).toThrow('is not a path')
})

it('the env server has 8001 unless another port is given, and shares none', () => {
  const on = { ...flags, 'app-id-env-server-enabled': true }
  expect([envServerPortOf(flags), envServerPortOf(on)]).toEqual([undefined, 8001])
  expect(envServerPortOf({ ...on, 'app-id-env-server-port': 0 })).toBe(0)
  expect(() => envServerPortOf({ ...flags, 'app-id-env-server-port': 9 })).toThrow('not asked for')
  expect(() => toDevRunOptions([], { ...on, 'app-port': 8001 })).toThrow(
    '--app-port and --app-id-env-server-port are both 8001.',
  )
})

it('sizes are those of Dapr, by its older flags too', () => {
  const sizes = (given: object): (number | undefined)[] => {
    const { maxBodyBytes, maxHeaderBytes } = toDevRunOptions([], { ...flags, ...given })
    return [maxBodyBytes, maxHeaderBytes]
  }
  expect(sizes({})).toEqual([4 * 2 ** 20, undefined])
  expect(sizes({ 'max-body-size': '512Ki', 'read-buffer-size': '64Ki' })).toEqual([
    512 * 1024,
    64 * 1024,
  ])
  expect(sizes({ 'dapr-http-max-request-size': 16, 'dapr-http-read-buffer-size': 8 })).toEqual([
    16 * 2 ** 20,
    8 * 1024,
  ])
  for (const size of ['1023', '2Mi', '4KB', '0']) {
    expect(() => sizes({ 'read-buffer-size': size }), size).toThrow('is no length of headers')
  }
})
