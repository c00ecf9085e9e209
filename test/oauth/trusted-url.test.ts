// URLs that may carry credentials, JWK members that may be used, and things that are shared.
import { expect, test } from 'vitest'
import { createLeases } from '../../src/oauth/leases.ts'
import { parseJwks } from '../../src/oauth/jwks.ts'
import { judgeUrl } from '../../src/core/trusted-url.ts'
import { createKey } from './token-fixtures.ts'

test.each([
  'https://as.example/token',
  'https://as.example:8443/t?x=1',
  'http://localhost:8080/t',
  'http://127.0.0.1:1/',
  'http://127.9.9.9/',
  'http://[::1]:3/t',
  'HTTPS://AS.example/',
])('accepts %s', (url) => {
  expect(judgeUrl(url).ok).toBe(true)
})

test.each([
  '',
  'token',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'ftp://as.example/',
  'http://as.example/',
  'http://localhost.:1/',
  'http://localhost.evil.test/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://127.1/',
  'https://127.1/',
  'http://①②⑦.0.0.1/',
  'http://[::ffff:7f00:1]/',
  'http://[64:ff9b::a00:1]/',
  'https://user:pw@as.example/',
  'https://user@as.example/',
  'https://as.example/#x',
  'https://as.example/ x',
  'https:as.example',
  'https:\\\\as.example\\',
])('refuses %j without repeating it', (url) => {
  const verdict = judgeUrl(url)
  expect(verdict.ok).toBe(false)
  if (url !== '' && !verdict.ok) expect(verdict.problem).not.toContain('as.example')
})

const wholeOf = (alg: string): object => ({
  ...createKey('whole', alg).privateKey.export({ format: 'jwk' }),
  kid: 'whole',
  alg,
})
const good = createKey('good', 'RS256').jwk
const curve = createKey('curve', 'ES256').jwk

test.each([
  ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map((name): [string, object] => [
    `the private member ${name}`,
    { ...good, [name]: 'AQAB' },
  ]),
  ['a whole private RSA key', wholeOf('RS256')],
  ['a whole private EC key', wholeOf('ES256')],
  ['a whole private Edwards key', wholeOf('EdDSA')],
  ['a symmetric key', { kty: 'oct', k: 'AAAA', kid: 'x' }],
  ['a key for encryption', { ...good, use: 'enc' }],
  ['a key that may only sign', { ...good, key_ops: ['sign'] }],
  ['an algorithm of encryption', { ...good, alg: 'RSA-OAEP' }],
  ['an algorithm of another key type', { ...good, alg: 'ES256' }],
  ['a symmetric algorithm', { ...good, alg: 'HS256' }],
  ['exponent 1', { ...good, e: 'AQ' }],
  ['an even exponent', { ...good, e: 'Ag' }],
  ['1024 bits', createKey('small', 'RS256', 1024).jwk],
  ['more than 8192 bits', { ...good, n: Buffer.alloc(1100, 0xff).toString('base64url') }],
  ['a point off the curve', { ...curve, y: curve.x }],
  ['an unknown curve', { ...curve, crv: 'secp256k1' }],
  ['X25519', { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) }],
  ['a long name', { ...good, kid: 'x'.repeat(257) }],
  ['a name that is no text', { ...good, kid: 7 }],
  ['no modulus', { ...good, n: undefined }],
  ['null', null],
])('a JWK Set goes on without %s', (_name, bad) => {
  expect(parseJwks(JSON.stringify({ keys: [bad, curve] }))).toMatchObject({
    ok: true,
    keys: [{ kid: 'curve' }],
    skipped: 1,
  })
  expect(parseJwks(JSON.stringify({ keys: [bad] }))).toMatchObject({ ok: false })
})

test('leases share one thing by key and clock, and the last release closes it', () => {
  const acquire = createLeases<{ close(): void }>()
  const closed: string[] = []
  const make = (name: string) => () => ({ close: () => void closed.push(name) })
  const [scope, otherScope] = [{}, {}]
  const one = acquire(scope, 'k', make('one'))
  const two = acquire(scope, 'k', make('two'))
  const three = acquire(otherScope, 'k', make('three'))
  expect(two.value).toBe(one.value)
  expect(three.value).not.toBe(one.value)
  one.release()
  one.release()
  expect(closed).toEqual([])
  two.release()
  expect(closed).toEqual(['one'])
  expect(acquire(scope, 'k', make('four')).value).not.toBe(one.value)
})
