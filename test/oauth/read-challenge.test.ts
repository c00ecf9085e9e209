// What a client reads out of WWW-Authenticate.
import { expect, test } from 'vitest'
import { readBearerChallenge, scopeWords } from '../../src/oauth/read-challenge.ts'

test.each([
  ['Bearer', {}],
  ['Basic realm="Bearer, x"', undefined],
  ['', undefined],
  [
    'Bearer realm="a, b=\\"c\\"", scope="x y x", error=insufficient_scope',
    { scopes: ['x', 'y'], error: 'insufficient_scope' },
  ],
  [
    'DPoP algs="ES256", bearer resource_metadata="https://a/b"',
    { resourceMetadata: 'https://a/b' },
  ],
  [
    'Bearer resource_metadata="https://a/b", resource_metadata="https://evil"',
    { resourceMetadata: 'https://a/b' },
  ],
  ['Bearer scope="x", Basic scope="evil"', { scopes: ['x'] }],
  ['Negotiate abc==, Bearer scope=x', { scopes: ['x'] }],
  ['Bearer scope="', {}],
])('%s', (header, challenge) => {
  expect(readBearerChallenge(header)).toEqual(challenge)
})

test('scopes are scope tokens, whatever stands beside them', () => {
  expect(scopeWords(['a', 1, 'b c', 'd"', 'a', 'é'])).toEqual(['a'])
  expect(scopeWords({})).toEqual([])
})

test.each([',', ', ', '@,', ' '])('a header of "%s" alone does not stop the process', (filling) => {
  const timeOf = (length: number): number => {
    const header = `Bearer scope="x" ${filling.repeat(length / filling.length)}@`
    const started = performance.now()
    expect(readBearerChallenge(header)).toEqual({ scopes: ['x'] })
    return performance.now() - started
  }
  timeOf(1000)
  // A quadratic reader takes more than a second for it.
  expect(timeOf(16_000)).toBeLessThan(300)
})
