// The attack catalogue on token format: whatever two parsers could read differently is refused before any key is touched.
import { describe, expect, test } from 'vitest'
import { encode, signToken } from './token-fixtures.ts'
import { createWorld, es256, good, judge } from './verifier-fixture.ts'

describe('rejects by format', () => {
  const [head = '', body = '', tail = ''] = signToken(es256, good).split('.')
  const nested = `{"alg":"ES256","kid":"es256","x":${'['.repeat(17)}${']'.repeat(17)}}`
  const twice = '{"alg":"none","kid":"es256","\\u0061lg":"ES256"}'
  const invalidUtf8 = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')

  test.each([
    ['empty', ''],
    ['one part', head],
    ['two parts', `${head}.${body}`],
    ['four parts', `${head}.${body}.${tail}.`],
    ['five parts', `${head}.${body}.${tail}.a.b`],
    ['detached', `${head}..${tail}`],
    ['dots', '.'.repeat(8000)],
    ['a hundred thousand dots', 'a.'.repeat(100_000)],
    ['too long', `${head}.${body}.${tail}${'A'.repeat(8192)}`],
    ['padding', `${head}=.${body}.${tail}`],
    ['the other alphabet', `${head}.${body}.${'+/'.repeat(43)}`],
    ['white space', `${head}.${body}.${tail} `],
    ['a line feed inside', `${head}.${body.slice(0, 4)}\n${body.slice(4)}.${tail}`],
    ['an impossible length', `${head}.${body}.${tail.slice(0, 85)}`],
    ['header is an array', `${encode([])}.${body}.${tail}`],
    ['header is null', `${encode(null)}.${body}.${tail}`],
    ['payload is a string', `${head}.${encode('"x"')}.${tail}`],
    ['invalid UTF-8', `${invalidUtf8}.${body}.${tail}`],
    ['byte order mark', `${encode(`\uFEFF${JSON.stringify({ alg: 'ES256' })}`)}.${body}.${tail}`],
    ['deep nesting', signToken(es256, good, nested)],
    ['very deep nesting', signToken(es256, `{"a":${'['.repeat(2500)}${']'.repeat(2500)}}`)],
    ['duplicate names', signToken(es256, good, '{"alg":"none","alg":"ES256","kid":"es256"}')],
    ['duplicate names in disguise', signToken(es256, good, twice)],
    ['duplicate claims', signToken(es256, `{"iss":"x",${JSON.stringify(good).slice(1)}`)],
  ])('%s', async (_name, token) => {
    expect(await judge(token)).toBe('format')
  })

  test('stray bits in the last character', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(tail.at(-1) ?? 'A')
    const stray = tail.slice(0, -1) + (alphabet[last ^ 1] ?? '')
    expect(Buffer.from(stray, 'base64url')).toEqual(Buffer.from(tail, 'base64url'))
    expect(await judge(`${head}.${body}.${stray}`)).toBe('format')
  })

  test('nothing of this makes it fetch keys', async () => {
    const quiet = await createWorld()
    await judge('a.'.repeat(100), quiet)
    await judge(signToken(es256, { ...good, aud: 'x' }, { alg: 'ES256', kid: 'new' }), quiet)
    expect(quiet.loads()).toBe(1)
  })
})
