// What a caller is told when an upstream cannot be reached: the cause that there is, in a sentence.
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'

import { upstreamError } from '../../src/data-plane/upstream-error.ts'
import { endpoint, snapshotOf } from '../support/sidecar.ts'
import { sidecarOf } from './call-fixture.ts'

const upstream = {
  origin: 'https://up.test',
  basePath: '',
  label: 'The HTTPEndpoint up at https://up.test',
}
const told = (code: string): string => {
  const { message, hint = '' } = upstreamError(Object.assign(new Error('x'), { code }), upstream)
  return `${message} ${hint}`
}

it.for([
  ['ENOTFOUND', 'The host of the HTTPEndpoint up at https://up.test has no address.'],
  ['ECONNREFUSED', 'The HTTPEndpoint up at https://up.test refused the connection.'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'The HTTPEndpoint up at https://up.test does not speak TLS'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'does not speak TLS'],
  ['EPROTO', 'does not speak TLS'],
  [
    'SELF_SIGNED_CERT_IN_CHAIN',
    'The certificate of the HTTPEndpoint up at https://up.test is not trusted',
  ],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another host name'],
  ['CERT_HAS_EXPIRED', 'has expired (CERT_HAS_EXPIRED)'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'refused the client certificate, or that there is'],
  ['ERR_SSL_SSL/TLS_ALERT_UNKNOWN_CA', 'Declare an HTTPEndpoint with clientTLS for it.'],
  ['ECONNRESET', 'If it wants a client certificate'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'The TLS handshake with the HTTPEndpoint up'],
] as const)('names the cause behind %s', ([code, part]) => {
  expect(told(code)).toContain(part)
})

it('speaks of certificates only where one is the cause', () => {
  for (const code of ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ECONNREFUSED']) {
    expect(told(code)).not.toMatch(/certificate|NODE_EXTRA_CA_CERTS/)
  }
})

it('tells a caller of an https:// URL that plain HTTP answered there', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const test = await sidecarOf(snapshotOf({ endpoints: [endpoint('up', url)] }))
  const answer = await fetch(`${test.url}/v1.0/invoke/up/method/x`)
  expect(answer.status).toBe(502)
  expect(await answer.json()).toEqual({
    errorCode: 'UPSTREAM_TLS_FAILED',
    message:
      `The HTTPEndpoint up at ${url} does not speak TLS (ERR_SSL_WRONG_VERSION_NUMBER). ` +
      'Write http:// in its URL if it serves plain HTTP, or check the port.',
  })
})
