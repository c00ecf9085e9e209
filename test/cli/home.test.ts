// Where the data folder is.
import { describe, expect, it } from 'vitest'

import { dataFolder } from '../../src/cli/home.ts'

describe.skipIf(process.platform === 'win32')('dataFolder', () => {
  const linux = { env: {}, cwd: '/project', platform: 'linux', userHome: '/home/u' } as const

  it('is $MCPAUTH_HOME, from the working folder on', () => {
    expect(dataFolder({ ...linux, env: { MCPAUTH_HOME: '/data' } })).toBe('/data')
    expect(dataFolder({ ...linux, env: { MCPAUTH_HOME: 'data' } })).toBe('/project/data')
  })

  it('is below $XDG_DATA_HOME on Linux, unless that is relative', () => {
    expect(dataFolder({ ...linux, env: { XDG_DATA_HOME: '/xdg' } })).toBe('/xdg/mcpauth')
    const standard = '/home/u/.local/share/mcpauth'
    expect(dataFolder({ ...linux, env: { XDG_DATA_HOME: 'xdg' } })).toBe(standard)
    expect(dataFolder({ ...linux, env: { MCPAUTH_HOME: '' } })).toBe(standard)
  })

  it("is the platform's folder elsewhere", () => {
    const mac = '/home/u/Library/Application Support/mcpauth'
    expect(dataFolder({ ...linux, platform: 'darwin' })).toBe(mac)
    const env = { LOCALAPPDATA: '/local' }
    expect(dataFolder({ ...linux, platform: 'win32', env })).toBe('/local/mcpauth')
  })
})
