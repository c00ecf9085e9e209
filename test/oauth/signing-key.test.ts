// Keys that we sign with: which texts are one, which algorithm each gets, and that others can check what it signs.
import { generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint, importJWK, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { readSigningKey, signJwt, type SigningKey } from '../../src/oauth/signing-key.ts'
import { createKey } from './token-fixtures.ts'

function read(text: string, kid?: string): SigningKey {
  const key = readSigningKey(text, kid)
  if ('problem' in key) throw new Error(key.problem)
  return key
}

const pem = (alg: string) =>
  createKey('k', alg).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

test.for([
  ['RS256', pem('RS256')],
  ['ES256', pem('ES256')],
  ['ES384', pem('ES384')],
  ['ES512', pem('ES512')],
  ['EdDSA', pem('EdDSA')],
  ['RS256', createKey('k', 'RS256').privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
  ['ES256', createKey('k', 'ES256').privateKey.export({ type: 'sec1', format: 'pem' }).toString()],
])('a PEM of %s signs what jose verifies', async ([alg, text]) => {
  const key = read(String(text))
  expect(key).toMatchObject({ algorithm: alg, kid: undefined })
  expect(key.thumbprint).toBe(await calculateJwkThumbprint(key.publicJwk))
  expect(JSON.stringify(key.publicJwk)).not.toContain('"d"')
  const checked = await jwtVerify(
    signJwt(key, { sub: 'me' }, { typ: 'x+jwt' }),
    await importJWK(key.publicJwk, alg),
    { typ: 'x+jwt', algorithms: [String(alg)] },
  )
  expect(checked.payload).toEqual({ sub: 'me' })
})

test('a JWK says its algorithm and its name, which a setting stands over', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'PS384', kid: 'own', use: 'sig' }
  const key = read(JSON.stringify(jwk))
  expect(key).toMatchObject({ algorithm: 'PS384', kid: 'own' })
  expect(read(JSON.stringify(jwk), 'other').kid).toBe('other')
  const { protectedHeader } = await jwtVerify(signJwt(key, {}), publicKey)
  expect(protectedHeader).toEqual({ alg: 'PS384', kid: 'own' })
})

const ec = createKey('k', 'ES256')

test.for([
  ['nothing', ''],
  ['text', 'canary'],
  ['a public key', ec.publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  ['a public JWK', JSON.stringify(ec.jwk)],
  ['an encryption key', JSON.stringify({ ...ec.privateKey.export({ format: 'jwk' }), use: 'enc' })],
  [
    'an algorithm that does not fit',
    JSON.stringify({ ...ec.privateKey.export({ format: 'jwk' }), alg: 'RS256' }),
  ],
  ['a symmetric key', JSON.stringify({ kty: 'oct', k: 'AAAA', alg: 'HS256' })],
  ['short RSA', createKey('k', 'RS256', 1024).privateKey.export({ type: 'pkcs8', format: 'pem' })],
  [
    'another curve',
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    }),
  ],
  [
    'an encrypted key',
    ec.privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'canary',
    }),
  ],
])('%s is no key to sign with', ([, text]) => {
  const outcome = readSigningKey(String(text))
  expect(outcome).toHaveProperty('problem')
  expect(JSON.stringify(outcome)).not.toContain('canary')
})
