import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodePath, parseTarget } from '../../src/core/request-target.ts'

describe('parseTarget', () => {
  it.for([
    ['/', '/'],
    ['/mcp', '/mcp'],
    ['/mcp/', '/mcp/'],
    ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource'],
    ['/%61dmin', '/admin'],
    ['/a%3ab', '/a%3Ab'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['//admin', '/admin'],
    ['/a//b///c', '/a/b/c'],
    ['/100%25', '/100%25'],
    ['/a..b/...', '/a..b/...'],
    ['/v1.0/invoke/x/method/y', '/v1.0/invoke/x/method/y'],
  ] as const)('reads %s as %s', ([raw, path]) => {
    expect(parseTarget(raw).path).toBe(path)
  })

  it.for([
    '',
    '*',
    'mcp',
    'http://evil/x',
    '//evil/../x',
    '/a#b',
    '/\\evil',
    '/public/../admin',
    '/public/%2e%2e/admin',
    '/public/%2E./admin',
    '/public/..%2fadmin',
    '/public%2f..%2fadmin',
    '/public/%252e%252e/admin',
    '/public/..;/admin',
    '/public/..;x=1/admin',
    '/./admin',
    '/a/..',
    '/a/.',
    '/a%5c..%5cb',
    '/a%5cb',
    '/a%2Fb',
    '/a%00',
    '/a%0d%0a',
    '/a%7f',
    '/a%23b',
    '/a%3fb',
    '/a%',
    '/a%zz',
    '/%u002e',
    '/%c0%ae%c0%ae/x',
    '/a b',
    '/ä',
    '/a?b c',
    '/a?x#y',
    '/a?\u0000',
  ])('refuses %j', (raw) => {
    expect(() => parseTarget(raw)).toThrow(expect.objectContaining({ code: 'REQUEST_MALFORMED' }))
  })

  it('keeps the query as it came', () => {
    expect(parseTarget('/a?x=%2F..%2f&y=[1]&z=%')).toEqual({
      path: '/a',
      query: '?x=%2F..%2f&y=[1]&z=%',
    })
  })

  it('gives a path that is its own normal form and holds no dot segment, for any input', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2E',
      '%252e',
      'a',
      ';',
      '%2f',
      '%25',
      '%41',
      '//',
      '~',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const raw = `/${pieces.join('')}`
        let path: string
        try {
          ;({ path } = parseTarget(raw))
        } catch (error) {
          expect(error).toMatchObject({ code: 'REQUEST_MALFORMED' })
          return
        }
        expect(parseTarget(path).path).toBe(path)
        const url = new URL(`http://host${path}`)
        expect(url.pathname).toBe(path)
        expect(decodePath(path).split('/')).not.toContain('..')
      }),
      { numRuns: 2_000 },
    )
  })
})
