// The attack catalogue on algorithm, key selection and signature, against the verifier.
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createKey, encode, hmacOf, jwksOf, signToken, signatureOf } from './token-fixtures.ts'
import type { SigningKey } from './token-fixtures.ts'
import {
  anyRsa,
  createWorld,
  edwards,
  es256,
  es384,
  es512,
  good,
  judge,
  pss,
  published,
  rsa,
  signal,
  stranger,
  world,
} from './verifier-fixture.ts'

const data = `${encode({ alg: 'ES256', kid: 'es256' })}.${encode(good)}`
const hsData = `${encode({ alg: 'HS256', kid: 'rsa' })}.${encode(good)}`

describe('accepts', () => {
  test.each([
    ['RS256', rsa, 'RS256'],
    ['ES256', es256, 'ES256'],
    ['ES384', es384, 'ES384'],
    ['ES512', es512, 'ES512'],
    ['EdDSA', edwards, 'EdDSA'],
    ['Ed25519 by its newer name', edwards, 'Ed25519'],
    ['PS256', pss, 'PS256'],
    ['RS384 where the key names no algorithm', anyRsa, 'RS384'],
    ['RS512 where the key names no algorithm', anyRsa, 'RS512'],
    ['PS384 where the key names no algorithm', anyRsa, 'PS384'],
    ['PS512 where the key names no algorithm', anyRsa, 'PS512'],
  ] as [string, SigningKey, string][])('%s', async (_name, key, alg) => {
    expect(await judge(signToken(key, good, { alg, kid: key.kid }, alg))).toBe('accepted')
  })

  test.each(['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt'])('typ %s', async (typ) => {
    expect(await judge(signToken(es256, good, { alg: 'ES256', kid: 'es256', typ }))).toBe(
      'accepted',
    )
  })

  test('no kid when the set leaves no doubt', async () => {
    expect(await judge(signToken(es256, good, { alg: 'ES256' }))).toBe('accepted')
  })

  test('the other valid ECDSA signature of the same token', async () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const signature = signatureOf('ES256', data, es256.privateKey)
    const s = BigInt(`0x${signature.subarray(32).toString('hex')}`)
    const other = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex')
    const malleated = Buffer.concat([signature.subarray(0, 32), other])
    expect(await judge(`${data}.${malleated.toString('base64url')}`)).toBe('accepted')
  })

  test('a warm token synchronously and without another signature check', async () => {
    const token = signToken(es256, good)
    await world.verifier.verify(token, { signal })
    expect(world.verifier.verify(token, { signal })).toMatchObject({
      accepted: true,
      reading: good,
    })
  })
})

describe('rejects by algorithm', () => {
  test.each([
    'none',
    'None',
    'NONE',
    'nOnE',
    'rs256',
    'HS256',
    'HS512',
    'PBES2-HS256+A128KW',
    '',
    1,
    null,
    ['ES256'],
    { x: 1 },
  ])('alg %j', async (alg) => {
    expect(await judge(signToken(es256, good, { alg, kid: 'es256' }))).toBe('algorithm')
  })

  test.each([
    ['SPKI PEM', rsa.publicKey.export({ type: 'spki', format: 'pem' })],
    ['SPKI PEM, trimmed', String(rsa.publicKey.export({ type: 'spki', format: 'pem' })).trim()],
    ['PKCS#1 PEM', rsa.publicKey.export({ type: 'pkcs1', format: 'pem' })],
    ['SPKI DER', rsa.publicKey.export({ type: 'spki', format: 'der' })],
    ['JWK', JSON.stringify(rsa.jwk)],
    ['empty', ''],
  ])('HS256 keyed with the public key as %s', async (_name, secret) => {
    const forged = `${hsData}.${hmacOf(hsData, secret).toString('base64url')}`
    expect(await judge(forged)).toBe('algorithm')
  })

  test('a missing alg, and an unsigned token', async () => {
    expect(await judge(signToken(es256, good, { kid: 'es256' }))).toBe('algorithm')
    expect(await judge(`${encode({ alg: 'none' })}.${encode(good)}.`)).toBe('format')
    expect(await judge(`${encode({ alg: 'none' })}.${encode(good)}`)).toBe('format')
  })

  test('an algorithm that the key does not serve', async () => {
    expect(await judge(signToken(es256, good, { alg: 'ES256', kid: 'rsa' }))).toBe('algorithm')
    expect(await judge(signToken(rsa, good, { alg: 'PS256', kid: 'rsa' }, 'PS256'))).toBe(
      'algorithm',
    )
    expect(await judge(signToken(rsa, good, { alg: 'RS512', kid: 'rsa' }, 'RS512'))).toBe(
      'algorithm',
    )
    expect(await judge(signToken(es256, good, { alg: 'ES256', kid: 'es384' }))).toBe('algorithm')
  })
})

describe('rejects by header', () => {
  const header = { alg: 'ES256', kid: 'es256' }

  test.each([['exp'], [[]], 'exp', ['alg'], ['b64'], null])('crit %j', async (crit) => {
    expect(await judge(signToken(es256, good, { ...header, crit, exp: 1 }))).toBe('critical')
  })

  test.each([false, true])('b64 %j without crit', async (b64) => {
    expect(await judge(signToken(es256, good, { ...header, b64 }))).toBe('critical')
  })

  test.each(['logout+jwt', 'secevent+jwt', 'dpop+jwt', 'JOSE', '', 7, null])(
    'typ %j',
    async (typ) => {
      expect(await judge(signToken(es256, good, { ...header, typ }))).toBe('type')
    },
  )

  test('every type but the required one', async () => {
    const strict = await createWorld({ requireTyp: 'at+jwt' })
    const verdicts = ['at+jwt', 'application/at+jwt', 'JWT', undefined].map((typ) =>
      judge(signToken(es256, good, { ...header, typ }), strict),
    )
    expect(await Promise.all(verdicts)).toEqual(['accepted', 'accepted', 'type', 'type'])
  })

  test('keys that the token brings along', async () => {
    const own = {
      ...header,
      jwk: stranger.jwk,
      jku: 'http://127.0.0.1:1/',
      x5u: 'http://127.0.0.1:1/',
    }
    expect(await judge(signToken(stranger, good, own))).toBe('signature')
  })

  test.each([
    '../../dev/null',
    "' OR 1=1",
    '__proto__',
    'constructor',
    '',
    '\0',
    'ES256',
    'x'.repeat(256),
  ])('kid %j', async (kid) => {
    // Its own world: in one that was asked for many of these, nobody can tell any more.
    const fresh = await createWorld()
    expect(await judge(signToken(es256, good, { alg: 'ES256', kid }), fresh)).toBe('kid')
  })

  test.each([1, null, ['es256'], 'x'.repeat(4096)])('kid of a wrong shape: %j', async (kid) => {
    expect(await judge(signToken(es256, good, { alg: 'ES256', kid }))).toBe('kid')
  })

  test('no kid when more than four keys fit', async () => {
    const many = Array.from({ length: 5 }, (_, index) => createKey(`k${index}`))
    const doubtful = await createWorld({}, jwksOf(...many))
    expect(await judge(signToken(many[0] ?? es256, good, { alg: 'ES256' }), doubtful)).toBe('kid')
  })
})

describe('rejects by signature', () => {
  const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
  const numbers = ['00', '01', order.replace(/1$/, '0'), order].map((hex) => hex.padStart(64, '0'))
  const pairs = numbers.flatMap((r) => numbers.map((s) => r + s))

  test.each(pairs)('ES256 with r and s out of range: %s', async (hex) => {
    expect(await judge(`${data}.${Buffer.from(hex, 'hex').toString('base64url')}`)).toBe(
      'signature',
    )
  })

  test('DER, and wrong lengths', async () => {
    const der = sign('sha256', Buffer.from(data), es256.privateKey)
    const plain = signatureOf('ES256', data, es256.privateKey)
    const wrong = [der, plain.subarray(1), Buffer.concat([plain, Buffer.alloc(1)])]
    const verdicts = wrong.map((bytes) => judge(`${data}.${bytes.toString('base64url')}`))
    expect(await Promise.all(verdicts)).toEqual(['signature', 'signature', 'signature'])
  })

  test('another key of the same name, and changed claims', async () => {
    expect(await judge(signToken(stranger, good))).toBe('signature')
    const [head, , tail] = signToken(es256, good).split('.')
    expect(await judge(`${head}.${encode({ ...good, sub: 'admin' })}.${tail}`)).toBe('signature')
  })

  test('RSA signatures of the other padding', async () => {
    const header = { alg: 'RS256', kid: 'any-rsa' }
    expect(await judge(signToken(anyRsa, good, header, 'PS256'))).toBe('signature')
  })

  test('a forgery for an RSA key with exponent 1', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const weak = { ...publicKey.export({ format: 'jwk' }), e: 'AQ', kid: 'weak' }
    expect(() => createPublicKey({ key: weak, format: 'jwk' })).not.toThrow()
    const unsafe = await createWorld({}, { keys: [weak, ...published.keys] })
    const forgery = `${encode({ alg: 'RS256', kid: 'weak' })}.${encode(good)}.${encode('x')}`
    expect(await judge(forgery, unsafe)).toBe('kid')
  })
})
