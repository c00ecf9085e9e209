// Servers that say nothing: how long that is waited for, what it ends, and what it leaves alone.
import { describe, expect, it } from 'vitest'

import { postMcp, rpc } from '../../support/mcp.ts'
import { snapshotOf } from '../../support/sidecar.ts'
import {
  beginSession,
  callModern,
  callText,
  modernMeta,
  initialize,
  isAlive,
  stdioServer,
  stdioSidecar,
  type StdioSidecar,
} from '../../support/stdio.ts'

const call = (name: string, id: string | number = 1, meta: object = {}): object =>
  rpc('tools/call', { name, _meta: meta }, id)
/** Ms are counted from the message on; only what runs already answers in that time on every machine. */
async function waitsFor(sidecar: StdioSidecar, timeoutSeconds: number, env = {}): Promise<void> {
  const server = stdioServer('rough', ['*'], { timeoutSeconds, env })
  await sidecar.sidecar.reload(snapshotOf({ mcpServers: [server] }))
}

const late = {
  errorCode: 'UPSTREAM_TIMEOUT',
  message: expect.stringContaining('The MCP server calc did not begin its answer within') as string,
}

describe('a process that is silent', () => {
  it('from the start is a 504, and ends', async () => {
    const sidecar = await stdioSidecar(
      stdioServer('rough', ['*'], { timeoutSeconds: 0.4, env: { MUTE: 'all', NOISE: 'up' } }),
    )
    const answer = await postMcp(sidecar, initialize)
    expect(answer.status).toBe(504)
    expect(await answer.json()).toMatchObject(late)
    expect((await postMcp(sidecar, initialize)).status).toBe(504)
    expect(sidecar.started()).toBe(2)
  })

  it('about one call is told to cancel it, and its session goes on', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
    const session = await beginSession(sidecar)
    await waitsFor(sidecar, 0.8)
    const pid = await callText(sidecar, session, 'pid')
    const answer = await postMcp(sidecar, call('hang', 7), session)
    expect(answer.status).toBe(504)
    expect(await answer.json()).toMatchObject(late)
    await expect.poll(() => sidecar.output).toEqual(['calc: cancelled 7'])
    expect(await callText(sidecar, session, 'pid')).toBe(pid)
  })

  it('after the stream of its answer began says so there', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
    const session = await beginSession(sidecar)
    await waitsFor(sidecar, 1.2)
    const answer = await postMcp(sidecar, call('hang', 7), session)
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    const text = await answer.text()
    expect(text).toContain('"id":7')
    expect(text).toContain('UPSTREAM_TIMEOUT')
  })

  it('about a part of a batch fails that part', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
    const session = await beginSession(sidecar)
    await waitsFor(sidecar, 0.8)
    const answer = await postMcp(sidecar, [call('hang', 1), call('mix', 2)], session)
    expect(await answer.json()).toMatchObject([
      { id: 2, result: {} },
      { id: 1, error: { data: { errorCode: 'UPSTREAM_TIMEOUT' } } },
    ])
  })

  it('is not one that has said anything of the call', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
    const session = await beginSession(sidecar)
    await waitsFor(sidecar, 0.8)
    const answer = await postMcp(sidecar, call('progress', 7, { progressToken: 'p' }), session)
    expect(await answer.text()).toContain('"text":"done"')
  })

  it('is not remembered for a caller who went away', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
    const session = await beginSession(sidecar)
    await waitsFor(sidecar, 0.8)
    const gone = new AbortController()
    const hanging = fetch(`${sidecar.url}/v1.0/diagrid/mcp/calc`, {
      method: 'POST',
      headers: { ...session, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(call('hang', 7)),
      signal: gone.signal,
    })
    await hanging
    gone.abort()
    await expect.poll(() => sidecar.output).toEqual(['calc: cancelled 7'])
    expect((await postMcp(sidecar, call('pid', 7), session)).status).toBe(200)
  })
})

describe('with revision 2026-07-28, whose clients share a process', () => {
  it('a process that says nothing at all is replaced', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
    const pid = Number(await callModern(sidecar, 'pid'))
    await waitsFor(sidecar, 0.8)
    expect((await postMcp(sidecar, call('hang', 1, modernMeta))).status).toBe(504)
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false)
    await waitsFor(sidecar, 0)
    expect(Number(await callModern(sidecar, 'pid'))).not.toBe(pid)
  })

  it('a call that hangs costs the others nothing', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
    const pid = await callModern(sidecar, 'pid')
    await waitsFor(sidecar, 0.8)
    const hanging = postMcp(sidecar, call('hang', 1, modernMeta))
    await expect.poll(() => sidecar.started()).toBe(1)
    const busy = postMcp(sidecar, call('progress', 2, { ...modernMeta, progressToken: 'p' }))
    expect((await hanging).status).toBe(504)
    expect(await (await busy).text()).toContain('"text":"done"')
    expect(await callModern(sidecar, 'pid')).toBe(pid)
  })

  it('a subscription may be silent for as long as it likes', async () => {
    const env = { MUTE: 'subscriptions/listen' }
    const sidecar = await stdioSidecar(stdioServer('rough', ['*'], { env }))
    const pid = await callModern(sidecar, 'pid')
    await waitsFor(sidecar, 0.8, env)
    const gone = new AbortController()
    const listen = rpc('subscriptions/listen', { notifications: {}, _meta: modernMeta }, 1)
    const stream = await fetch(`${sidecar.url}/v1.0/diagrid/mcp/calc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(listen),
      signal: gone.signal,
    })
    const next = stream.body?.getReader().read()
    // Given up after it: so the subscription was silent for longer than that.
    expect((await postMcp(sidecar, call('hang', 2, modernMeta))).status).toBe(504)
    await waitsFor(sidecar, 0, env)
    expect(await callModern(sidecar, 'pid')).not.toBe(pid)
    expect(new TextDecoder().decode((await next)?.value)).toContain('did not begin its answer')
    gone.abort()
  })

  it('a server that passes over what it does not know is asked in the older way', async () => {
    const sidecar = await stdioSidecar(
      stdioServer('rough', ['*'], { timeoutSeconds: 3, env: { MUTE: 'server/discover' } }),
    )
    const probe = rpc('server/discover', { _meta: modernMeta }, 'probe')
    const answer = await postMcp(sidecar, probe, { accept: 'application/json' })
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ id: 'probe', error: { code: -32601 } })
    await beginSession(sidecar)
    expect(sidecar.started()).toBe(1)
  })
})
