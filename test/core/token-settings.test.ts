// The small languages of bearer settings: what they mean, and what is refused.
import { describe, expect, test } from 'vitest'

import {
  readClaimHeaders,
  readIssuers,
  readList,
  readRequiredClaims,
  readScopeHierarchy,
  readScopes,
} from '../../src/core/token-settings.ts'

test('a list is one text, several, or a YAML list', () => {
  expect(readList('a, b  c,,a')).toEqual({ value: ['a', 'b', 'c'] })
  expect(readList('["a b","c"]')).toEqual({ value: ['a b', 'c'] })
  for (const text of ['[1]', '[a]', '["a"', '[["a"]]'])
    expect(readList(text)).toHaveProperty('problem')
})

test('scopes hold no quotation marks, which a challenge could not carry', () => {
  expect(readScopes('mcp:read https://x/y.z')).toEqual({ value: ['mcp:read', 'https://x/y.z'] })
  for (const text of ['a"b', String.raw`a\b`, 'ä', 'a\u0007']) {
    expect(readScopes(text)).toHaveProperty('problem')
  }
})

test('every further issuer must be a URL that keys may come from', () => {
  expect(readIssuers('https://a.test, http://localhost:1')).toHaveProperty('value')
  for (const text of ['https://a.test, b', 'http://a.test']) {
    expect(readIssuers(text)).toHaveProperty('problem')
  }
})

describe('a hierarchy of scopes', () => {
  const implied = (text: string) => {
    const read = readScopeHierarchy(text)
    if ('problem' in read) return read.problem
    return Object.fromEntries(
      [...read.value].map(([scope, below]) => [scope, [...below].toSorted()]),
    )
  }

  test('holds across levels and chains', () => {
    expect(implied('admin > write>read, owner > admin billing; write > list')).toEqual({
      admin: ['list', 'read', 'write'],
      write: ['list', 'read'],
      read: [],
      owner: ['admin', 'billing', 'list', 'read', 'write'],
      billing: [],
      list: [],
    })
  })

  test.each(['admin', 'a >', '> a', 'a > > b', 'a > "b"'])('%j is none', (text) => {
    expect(implied(text)).toBe('is not a hierarchy of scopes')
  })

  test.each(['a > a', 'a > b, b > a', 'a > b > c, c > a'])('%j is a circle', (text) => {
    expect(implied(text)).toBe('puts a scope above itself')
  })
})

test('required claims have a name and perhaps a value', () => {
  expect(readRequiredClaims('jti, tenant = acme ,https://x/role=a=b')).toEqual({
    value: [
      { name: 'jti' },
      { name: 'tenant', value: 'acme' },
      { name: 'https://x/role', value: 'a=b' },
    ],
  })
  for (const text of [',', '=x', 'a=', 'a b', '__proto__']) {
    expect(readRequiredClaims(text)).toHaveProperty('problem')
  }
})

test('claims go into X- headers alone', () => {
  expect(readClaimHeaders('X-User=sub, x-forwarded-email = email')).toEqual({
    value: [
      { header: 'X-User', claim: 'sub' },
      { header: 'x-forwarded-email', claim: 'email' },
    ],
  })
  for (const text of [
    'Authorization=sub',
    'dapr-caller-app-id=sub',
    'Cookie=sub',
    'X_User=sub',
    'X-User_=sub',
    'X-User',
    'X-User=',
    'X-=sub',
    '=sub',
    'X-A=a, x-a=b',
    'X-A\r\nX-B=a',
  ]) {
    expect(readClaimHeaders(text)).toHaveProperty('problem')
  }
})
