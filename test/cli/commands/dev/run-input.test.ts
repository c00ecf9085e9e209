// The command line of `dev run` as options.
import { expect, it } from 'vitest'

import { toDevRunOptions } from '../../../../src/cli/commands/dev/run-input.ts'

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
  'allow-invoke-url': [],
  'enable-api-logging': false,
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
