// The patterns of access control operations decide about the paths that they decide about in Dapr.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { isDead, OperationPaths } from '../../src/core/operation-paths.ts'

test.each([
  [['/foo'], { '/foo': 0, '/foo/bar': 0, '/foo/bar/baz': 0, '/foobar': undefined, '/FOO': 0 }],
  [['foo'], { '/foo': 0 }],
  [['/'], { '/': 0, '/foo': undefined }],
  [['/foo/*'], { '/foo': 0, '/foo/bar': 0, '/foo/bar/baz': undefined }],
  [['/foo/**'], { '/foo': 0, '/foo/bar': 0, '/foo/bar/baz': 0, '/bar': undefined }],
  [['/foo*'], { '/foo': 0, '/foobar': 0, '/foobar/baz': 0, '/fo': undefined }],
  [['/*'], { '/': 0, '/foo': 0, '/foo/bar': undefined }],
  [['/**'], { '/': 0, '/foo': 0, '/foo/bar/baz': 0 }],
  [['/*/bar'], { '/foo/bar': undefined, '/*/bar': 0 }],
  [['/a*/bar'], { '/aa/bar': 0, '/ba/bar': undefined }],
  [['/a*b*c'], { '/abc': 0, '/axbxc': 0, '/ab': undefined, '/acb': undefined }],
  [
    ['/op1/**/a'],
    { '/op1/x/a': 0, '/op1/x/y/a': undefined, '/op1/a': undefined, '/op1': undefined },
  ],
  [['/foo', '/foo/bar'], { '/foo/bar': 0 }],
  [['/foo/bar', '/foo'], { '/foo/bar': 1 }],
  [['/**', '/admin'], { '/admin': 0 }],
  [['/admin', '/**'], { '/admin': 0, '/admin/x': 0, '/other': 1 }],
  [['/foo/bar', '/*'], { '/foo': undefined, '/bar': 1 }],
  [['/foo', '/foo'], { '/foo': 0 }],
])('%j', (patterns, expected) => {
  const paths = new OperationPaths(patterns)
  const found = Object.keys(expected).map((path) => [path, paths.find(path)])
  expect(Object.fromEntries(found)).toEqual(expected)
})

describe('a pattern that matches nothing', () => {
  test.each([
    '/*/bar',
    '/foo/*/baz',
    '/foo/',
    '//foo',
    '/foo/./bar',
    '/foo/../bar',
    '/a?b',
    '/a#b',
  ])('%s', (pattern) => expect(isDead(pattern)).toBe(true))
  test.each(['/', '/*', '/**', 'foo', '/foo/*', '/a*/bar', '/op1/**/a', '/.well-known/x'])(
    'is not %s',
    (pattern) => expect(isDead(pattern)).toBe(false),
  )
})

test.each([
  [['/foo', '/foo/bar'], 1, [0]],
  [['/foo/bar', '/foo'], 0, [1]],
  [['/**', '/admin'], 1, [0]],
  [['/a*', '/ab*'], 1, [0]],
  [['/a*/x', '/ab'], 1, [undefined]],
  [['/foo/*', '/foo/**'], 1, [0, 1]],
  [['/*', '/foo'], 1, [0, 1]],
  [['/*/x', '/foo'], 1, [undefined, 1]],
  [['/ab*', '/a*'], 1, [1]],
])(
  'in %j, what decides about the paths of the operation at %i is at %j',
  (patterns, at, expected) => {
    expect([...new OperationPaths(patterns).deciders(at)]).toEqual(expected)
  },
)

test('no path is decided by an operation that is said never to decide', () => {
  const segment = fc.constantFrom('a', 'ab', 'b', '*', '**', 'a*', '*b', '')
  const pattern = fc
    .array(segment, { minLength: 1, maxLength: 3 })
    .map((parts) => `/${parts.join('/')}`)
  const word = fc.constantFrom('a', 'ab', 'abb', 'b', 'c', 'cb')
  const path = fc.array(word, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
  fc.assert(
    fc.property(
      fc.array(pattern, { minLength: 1, maxLength: 4 }),
      fc.array(path, { minLength: 20, maxLength: 60 }),
      (patterns, some) => {
        const paths = new OperationPaths(patterns)
        for (const each of some) {
          const found = paths.find(each)
          if (found === undefined) continue
          expect(isDead(patterns[found] ?? '')).toBe(false)
          expect(paths.deciders(found)).toContain(found)
        }
      },
    ),
    { numRuns: 1000 },
  )
})
