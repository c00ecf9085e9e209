// What is remembered of a batch holds exactly as long as applying it again would change nothing and say nothing.
import { describe, expect, it } from 'vitest'

import type { ControlPlane } from '../../src/control-plane/control-plane.ts'
import { Secret } from '../../src/core/secret.ts'
import { appIdentity, component, configuration, endpoint, open, temporaryHome } from './builders.ts'

const batch = [endpoint('mcp-server'), component('bearer')]
const texts = ['1.0.0', 'a.yaml', 'the text of a', 'b.yaml', 'the text of b']

function applied(home = temporaryHome()): ControlPlane {
  const plane = open(home)
  expect(plane.apply('default', batch, [], texts).diagnostics).toEqual([])
  return plane
}

describe('a batch that was applied', () => {
  it('is known as the steps that applying it again has, in any process', () => {
    const home = temporaryHome()
    const plane = applied(home)
    const again = plane.apply('default', batch)
    expect(plane.unchangedSince('default', texts)).toEqual(again.steps)
    expect(open(home).unchangedSince('default', texts)).toEqual(again.steps)
  })

  it.each([
    ['another version', ['1.0.1', ...texts.slice(1)]],
    ['another text', [...texts.slice(0, 4), 'the text of b.']],
    [
      'the same characters, divided in another way',
      [...texts.slice(0, 2), 'the text of ', 'ab.yaml', 'the text of b'],
    ],
    ['one file less', texts.slice(0, 3)],
    ['nothing', []],
  ])('is not known by %s', (_, others) => {
    expect(applied().unchangedSince('default', others)).toBeUndefined()
  })

  it('is known in its project alone', () => {
    const plane = applied()
    plane.projects.create('other')
    plane.apply('default', batch, [], texts)
    expect(plane.unchangedSince('other', texts)).toBeUndefined()
    expect(plane.unchangedSince('default', texts)).toBeDefined()
  })

  it.each<[string, (plane: ControlPlane) => unknown]>([
    ['a resource was deleted', (plane) => plane.resources.delete('default', 'Component', 'bearer')],
    [
      'a resource was changed',
      (plane) => plane.apply('default', [endpoint('mcp-server', [{ name: 'a', value: 'b' }])]),
    ],
    ['something else came', (plane) => plane.apply('default', [endpoint('other')])],
    ['an App ID was changed', (plane) => plane.apply('default', [appIdentity('app')])],
    [
      'a secret was stored',
      (plane) => plane.secrets.set('default', 'name', 'key', new Secret('value')),
    ],
    ['a project was made', (plane) => plane.projects.create('other')],
    [
      'the same resources were read from elsewhere',
      (plane) =>
        plane.apply(
          'default',
          batch.map((resource) => ({ ...resource, origin: { ...resource.origin, file: 'moved' } })),
        ),
    ],
  ])('is not known any more when %s', (_, change) => {
    const plane = applied()
    change(plane)
    expect(plane.unchangedSince('default', texts)).toBeUndefined()
  })

  it('is not known when there was something to say about it', () => {
    const plane = open(temporaryHome())
    const pipeline = configuration('config', { missing: {} })
    expect(plane.apply('default', [pipeline], [], texts).diagnostics).not.toEqual([])
    expect(plane.unchangedSince('default', texts)).toBeUndefined()
  })

  it.each(['secretstores.local.env', 'middleware.http.opa'])(
    'is not known beside %s, which depends on what changes without a trace',
    (type) => {
      const plane = open(temporaryHome())
      plane.apply('default', [component('outside', { type })])
      plane.apply('default', batch, [], texts)
      expect(plane.unchangedSince('default', texts)).toBeUndefined()
    },
  )

  it('makes room for others', () => {
    const plane = applied()
    for (let count = 0; count < 16; count += 1) plane.apply('default', batch, [], [String(count)])
    expect(plane.unchangedSince('default', texts)).toBeUndefined()
    expect(plane.unchangedSince('default', ['0'])).toBeDefined()
  })
})
