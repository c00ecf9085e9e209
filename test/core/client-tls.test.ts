// PEM documents that can be used, and those that cannot, with the reason.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

import { keyPairProblem, tlsDocumentProblem } from '../../src/core/client-tls.ts'

const pem = (name: string): string =>
  readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8')
const [certificate, key] = [pem('localhost.crt'), pem('localhost.key')]

it('takes certificates, chains of them and keys', () => {
  expect(tlsDocumentProblem('rootCA', certificate)).toBeUndefined()
  expect(tlsDocumentProblem('certificate', `${certificate}\n${pem('expired.crt')}`)).toBeUndefined()
  expect(tlsDocumentProblem('privateKey', key)).toBeUndefined()
  expect(keyPairProblem(`${certificate}${pem('expired.crt')}`, key)).toBeUndefined()
})

it.for([
  ['rootCA', '', 'is no certificate in PEM'],
  ['rootCA', key, 'is no certificate in PEM'],
  [
    'certificate',
    certificate.replaceAll('\n', ' ').replace('MII', 'AAA'),
    'is no certificate in PEM',
  ],
  ['rootCA', `${certificate}${certificate.replace('MII', 'AAA')}`, 'is no certificate in PEM'],
  ['privateKey', certificate, 'is no private key in PEM'],
  ['privateKey', key.replace('BEGIN PRIVATE', 'BEGIN ENCRYPTED PRIVATE'), 'is encrypted'],
] as const)('refuses %s %#', ([name, text, problem]) => {
  expect(tlsDocumentProblem(name, text)?.problem).toContain(problem)
})

it('refuses a key that is not that of the first certificate', () => {
  const chain = `${pem('expired.crt')}${certificate}`
  expect(keyPairProblem(chain, key)?.problem).toBe('is not the key of the certificate')
})
