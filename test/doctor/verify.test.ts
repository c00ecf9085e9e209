// `verify` at a server that takes any token, and that no case may call sound by mistake.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

import { parseJws } from '../../src/oauth/jws.ts'
import { cases } from '../../src/doctor/verify/verify.ts'
import { createKey } from '../oauth/token-fixtures.ts'
import { runCli } from '../support/run-cli.ts'
import { temporaryFolder } from '../support/temp-home.ts'
import { startUpstream } from '../support/upstream.ts'
import { faultyServer } from './faulty-server.ts'

function file(text: string): string {
  const path = join(temporaryFolder(), 'file')
  writeFileSync(path, text)
  return path
}

test('every case about a token fails at a server that takes any', async () => {
  const { url } = await faultyServer('https://auth.example.com')
  const key = file(JSON.stringify(createKey('one').privateKey.export({ format: 'jwk' })))

  const { exitCode, stdout } = await runCli(
    `verify ${url} --token-file ${file('opaque')} --signing-key ${key} -o name`.split(' '),
  )

  expect(exitCode).toBe(1)
  const forged = [
    'unsigned',
    'alg-none',
    'alg-none-case',
    'self-signed',
    'self-signed-jwk',
    'missing-kid',
  ]
  const wrong = [
    'wrong-audience',
    'no-audience',
    'wrong-issuer',
    'expired',
    'not-yet-valid',
    'no-expiry',
  ]
  const session = ['session-garbage-token', 'get', 'cancel', 'broken-stream', 'delete']
  expect(stdout.trim().split('\n')).toEqual(
    expect.arrayContaining(['garbage-token', ...forged, ...wrong, ...session]),
  )
})

test('a server gets no token that the signing key makes good for another server', async () => {
  const seen: unknown[] = []
  const takes = (token: string): boolean => {
    seen.push(parseJws(token)?.payload['aud'])
    return false
  }
  const metadata = { resource: 'https://bank.example/api' }
  const { url } = await faultyServer('https://auth.example.com', { takes, metadata })
  const key = file(JSON.stringify(createKey('one').privateKey.export({ format: 'jwk' })))

  await runCli(['verify', url, '--signing-key', key])

  expect(seen).toContain(url)
  expect(seen).not.toContain(metadata.resource)
})

test('without a token the cases that need one are skipped, and say so', async () => {
  const { url } = await faultyServer('https://auth.example.com', { takes: () => false })

  const { stdout } = await runCli(['verify', url, '-o', 'json'])

  const { cases: tried } = JSON.parse(stdout) as {
    cases: { id: string; status: string; detail?: string }[]
  }
  expect(tried.map(({ id }) => id)).toEqual(cases.map(({ id }) => id))
  const detailOf = (id: string): unknown => tried.find((one) => one.id === id)
  expect(detailOf('no-token')).toMatchObject({ status: 'passed' })
  expect(detailOf('self-signed')).toMatchObject({
    status: 'failed',
    detail: 'the challenge lacks error="invalid_token"',
  })
  expect(detailOf('good-token')).toMatchObject({
    status: 'skipped',
    detail: expect.stringContaining('--token-env') as string,
  })
  expect(detailOf('expired')).toMatchObject({
    status: 'skipped',
    detail: expect.stringContaining('--signing-key') as string,
  })
})

test('it ends with 2 where there is nothing to try', async () => {
  const upstream = await startUpstream(() => {})
  await upstream.close()
  const gone = await runCli(['verify', upstream.url])
  expect(gone).toMatchObject({ exitCode: 2, stdout: '' })
  expect(gone.stderr).toContain('cannot be reached')

  const publicKey = file(JSON.stringify(createKey('one').jwk))
  const keyless = await runCli(['verify', upstream.url, '--signing-key', publicKey])
  expect(keyless).toMatchObject({ exitCode: 2, stdout: '' })
  expect(keyless.stderr).toContain('no private key')
})

test('the page names every case', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/doctor.md', import.meta.url)), 'utf8')
  const [, verify = ''] = page.split('# Does a server do what it must?')
  const listed = [...verify.matchAll(/`([a-z][a-z-]+)`/g)].map(([, id = '']) => id)
  const known = cases.map(({ id }) => id).toSorted()
  expect([...new Set(listed)].filter((id) => known.includes(id)).toSorted()).toEqual(known)
})
