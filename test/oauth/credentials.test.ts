// Where a bearer token may stand in a request, and what challenges look like.
import { describe, expect, test } from 'vitest'
import { HeaderList } from '../../src/core/header-list.ts'
import { bearerChallenge, wantsMoreScope } from '../../src/oauth/challenge.ts'
import { readCredentials } from '../../src/oauth/credentials.ts'

function read(values: readonly string[], query = ''): string {
  const raw = values.flatMap((value) => ['aUtHoRiZaTiOn', value])
  const found = readCredentials(new HeaderList(raw), query)
  return found.kind === 'token' ? `token ${found.token}` : found.kind
}

describe('finds the token', () => {
  test.each([
    'Bearer t.t.t',
    'bearer t.t.t',
    'BEARER t.t.t',
    'BeArEr   t.t.t',
    ' \tBearer t.t.t\t ',
  ])('%j', (value) => {
    expect(read([value])).toBe('token t.t.t')
  })
})

describe('finds none', () => {
  test.each([
    '',
    'Basic Zm9v',
    'Bearer',
    'Bearer ',
    'Bearer\t',
    'Bearert',
    'Bearer2 t',
    'DPoP t',
    '\u00a0Bearer t',
    '\ufeffBearer t',
    '\vBearer t',
  ])('%j', (value) => {
    expect(read([value])).toBe('none')
  })

  test('anywhere but in the header', () => {
    const elsewhere = [
      'x-forwarded-access-token',
      't',
      'cookie',
      'access_token=t',
      'proxy-authorization',
      'Bearer t',
      'authorization_',
      'Bearer t',
    ]
    expect(readCredentials(new HeaderList(elsewhere), '?access_token=t')).toEqual({ kind: 'none' })
  })
})

describe('finds nonsense', () => {
  test.each([
    'Bearer\tt',
    'Bearer t x',
    'Bearer t,Bearer u',
    'Bearer "t"',
    'Bearer realm="x"',
    'Bearer\u00a0t',
    'Bearer\u00a0',
    'Bearer t\u00a0',
    'Bearer t \u00a0',
    'Bearer t\u0085',
    'Bearer t\u000b',
    'Bearer t;x',
    'Bearer =t',
  ])('%j', (value) => {
    expect(read([value])).toBe('malformed')
  })
})

describe('finds too much', () => {
  test.each([
    [['Bearer t', 'Bearer u']],
    [['Bearer t', 'Bearer t']],
    [['Basic x', 'Bearer t']],
    [['', '']],
  ])('%j', (values) => {
    expect(read(values)).toBe('repeated')
  })

  test.each(['?access_token=u', '?a=1&access_token=', '?%61ccess_token=u', '?access%5Ftoken=u'])(
    '%s',
    (query) => {
      expect(read(['Bearer t'], query)).toBe('repeated')
    },
  )

  test.each(['', '?a=%20', '?x=access_token', '?my_access_token=u'])('but not with %j', (query) => {
    expect(read(['Bearer t'], query)).toBe('token t')
  })
})

test('a challenge quotes its values and lets nothing out', () => {
  expect(
    bearerChallenge([
      ['realm', 'a"b\\c\r\nx: y\u00e9'],
      ['error', 'invalid_token'],
    ]),
  ).toBe(String.raw`Bearer realm="a\"b\\cx: y", error="invalid_token"`)
})

test.each([
  ['Bearer error="insufficient_scope", scope="x"', true],
  ['Bearer realm="r", error=insufficient_scope', true],
  ['Bearer error="invalid_token"', false],
  ['Bearer error_description="insufficient_scope"', false],
])('%s', (challenge, wanted) => {
  expect(wantsMoreScope([challenge])).toBe(wanted)
})
