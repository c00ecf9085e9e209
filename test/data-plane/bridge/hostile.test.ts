// Servers that answer what nobody asked, twice, or in a form that nobody can read; and clients that would share a session.
import { describe, expect, it } from 'vitest'

import { postMcp, rpc } from '../../support/mcp.ts'
import {
  beginSession,
  callModern,
  callText,
  isAlive,
  modernMeta,
  stdioServer,
  stdioSidecar,
} from '../../support/stdio.ts'

const path = '/v1.0/diagrid/mcp/calc'
const call = (name: string, id: string | number, args: object = {}, meta: object = {}): object =>
  rpc('tools/call', { name, arguments: args, _meta: meta }, id)

describe.each([
  ['a session', false],
  ['revision 2026-07-28', true],
] as const)('in %s', (_name, isModern) => {
  const meta = isModern ? modernMeta : {}

  it.each([
    [200, 'content'],
    [20_000, 'UPSTREAM_INVALID'],
  ])('an answer that nests %i levels deep costs one call at most', async (depth, expected) => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
    const session = isModern ? {} : await beginSession(sidecar)
    const pidOf = (): Promise<string> =>
      isModern ? callModern(sidecar, 'pid') : callText(sidecar, session, 'pid')
    const pid = await pidOf()
    const answer = await postMcp(sidecar, call('deep', 1, { depth }, meta), session)
    expect(await answer.text()).toContain(expected)
    expect(await pidOf()).toBe(pid)
  })

  it('answers to nobody, of another type of id, and second ones go nowhere', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
    const session = isModern ? {} : await beginSession(sidecar)
    const hanging = postMcp(sidecar, call('progress', '2', {}, meta), session)
    const answer = await postMcp(sidecar, call('mix', 2, {}, meta), session)
    const text = await answer.text()
    expect(text).toContain('"id":2')
    expect(text).toContain('first')
    expect(text).not.toMatch(/nobody|second/)
    const other = await (await hanging).text()
    // To the server of a session, "2" and 2 may be one; what it says to either goes there.
    if (isModern) expect(other).toContain('done')
  })
})

it('a session that asks for another revision is not given to the next client', async () => {
  const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
  const session = await beginSession(sidecar)
  const pid = await callText(sidecar, session, 'pid')
  await (await postMcp(sidecar, rpc('server/discover', {}, 'probe'), session)).text()
  const other = await beginSession(sidecar)
  expect(other['mcp-session-id']).not.toBe(session['mcp-session-id'])
  expect(await callText(sidecar, other, 'pid')).not.toBe(pid)
  expect(await callText(sidecar, session, 'pid')).toBe(pid)
})

it('a process that others have called is not given to a client that begins a session', async () => {
  const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
  const pid = await callModern(sidecar, 'pid')
  await (await postMcp(sidecar, rpc('server/discover', { _meta: modernMeta }, 'probe'))).text()
  const session = await beginSession(sidecar)
  expect(await callText(sidecar, session, 'pid')).not.toBe(pid)
})

describe('what a server says without naming a request', () => {
  it('goes to nobody while several clients share it', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['*'], { timeoutSeconds: 20 }))
    await callModern(sidecar, 'pid')
    const waiting = postMcp(sidecar, call('progress', 1, {}, { ...modernMeta, progressToken: 't' }))
    const noting = await postMcp(sidecar, call('note', 2, {}, modernMeta))
    const [one, other] = [await (await waiting).text(), await noting.text()]
    expect(one).toContain('"progress":1')
    expect(one + other).not.toContain('noted')
    const alone = await postMcp(sidecar, call('note', 3, {}, modernMeta))
    expect(await alone.text()).toContain('noted')
  })

  it('in one session never reaches another', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
    const [one, other] = [await beginSession(sidecar), await beginSession(sidecar)]
    const gone = new AbortController()
    const stream = await fetch(`${sidecar.url}${path}`, { headers: other, signal: gone.signal })
    const answer = await postMcp(sidecar, call('note', 1), one)
    expect(await answer.text()).toContain('noted')
    await callText(sidecar, other, 'pid')
    await fetch(`${sidecar.url}${path}`, { method: 'DELETE', headers: other })
    expect(await stream.text()).toBe('')
    gone.abort()
  })
})

it('a process that crashes takes along what it started', async () => {
  const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
  const session = await beginSession(sidecar)
  const child = Number(await callText(sidecar, session, 'child'))
  expect(isAlive(child)).toBe(true)
  expect((await postMcp(sidecar, call('crash', 1), session)).status).toBe(502)
  await expect.poll(() => isAlive(child), { timeout: 5_000 }).toBe(false)
})
