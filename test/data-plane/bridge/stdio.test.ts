// Stdio servers through the proxy endpoint: the same policy, processes of their own, and what happens when they end.
import { describe, expect, it } from 'vitest'

import { Secret } from '../../../src/core/secret.ts'
import { postMcp, rpc } from '../../support/mcp.ts'
import { snapshotOf } from '../../support/sidecar.ts'
import {
  beginSession,
  callText,
  initialize,
  isAlive,
  stdioServer,
  stdioSidecar,
} from '../../support/stdio.ts'

const path = '/v1.0/diagrid/mcp/calc'
const call = (name: string, id: string | number = 1): object => rpc('tools/call', { name }, id)

async function gone(pid: number): Promise<void> {
  await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false)
}

describe('a process', () => {
  it('is started by the first message of a granted caller, and by nothing else', async () => {
    const closed = stdioServer('rough', [], { name: 'closed', policy: { rules: [] } })
    const sidecar = await stdioSidecar(
      stdioServer('rough', ['pid']),
      closed,
      stdioServer('rough', ['*'], { name: 'off', isEnabled: false }),
    )
    const post = (name: string): Promise<Response> =>
      postMcp(sidecar, initialize, {}, `/v1.0/diagrid/mcp/${name}`)
    expect((await post('closed')).status).toBe(404)
    expect((await post('off')).status).toBe(503)
    expect((await postMcp(sidecar, call('crash'))).status).toBe(403)
    expect((await postMcp(sidecar, call('pid'))).status).toBe(400)
    expect((await fetch(`${sidecar.url}${path}`)).status).toBe(405)
    expect((await postMcp(sidecar, call('pid'), { 'mcp-session-id': 'x' })).status).toBe(404)
    expect(sidecar.started()).toBe(0)
    await beginSession(sidecar)
    expect(sidecar.started()).toBe(1)
  })

  it('belongs to one session, and ends with it', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['pid', 'child']))
    const one = await beginSession(sidecar)
    const other = await beginSession(sidecar)
    const pid = Number(await callText(sidecar, one, 'pid'))
    const grandchild = Number(await callText(sidecar, one, 'child'))
    const otherPid = Number(await callText(sidecar, other, 'pid'))
    expect(otherPid).not.toBe(pid)
    const ended = await fetch(`${sidecar.url}${path}`, { method: 'DELETE', headers: one })
    expect(ended.status).toBe(204)
    const answer = await postMcp(sidecar, call('pid'), one)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ errorCode: 'ERR_MCP_SESSION_UNKNOWN' })
    await gone(pid)
    await gone(grandchild)
    expect(isAlive(otherPid)).toBe(true)
    await sidecar.sidecar.stop(0)
    expect(isAlive(otherPid)).toBe(false)
  })

  it('that does not end by itself is killed, with its children', async () => {
    const sidecar = await stdioSidecar(
      stdioServer('rough', ['pid', 'child'], { env: { STUBBORN: 'yes' } }),
    )
    const session = await beginSession(sidecar)
    const pid = Number(await callText(sidecar, session, 'pid'))
    const grandchild = Number(await callText(sidecar, session, 'child'))
    await sidecar.sidecar.stop(0)
    expect(isAlive(pid)).toBe(false)
    await gone(grandchild)
  })

  it('gets what its manifest says of the environment, and its secrets are not shown', async () => {
    const secret = 'CANARY-secret'
    const env = { KEY: new Secret(secret), NOISE: `key is ${secret}\u001b[2J` }
    const sidecar = await stdioSidecar(stdioServer('rough', ['env'], { env }))
    const session = await beginSession(sidecar)
    expect(await callText(sidecar, session, 'env', { name: 'KEY' })).toBe(secret)
    expect(await callText(sidecar, session, 'env', { name: 'HOME' })).toBe('(none)')
    await expect.poll(() => sidecar.output).toEqual(['calc: key is ***\ufffd[2J'])
  })

  it.each([
    [{ args: ['/no/such/script.js'] }, 'ended with exit code 1'],
    [{ command: '/no/such/command' }, '/no/such/command of the MCP server calc was not found'],
    [{ command: '/etc/passwd' }, 'EACCES'],
  ])('that cannot run is a 502 that says why: %j', async (transport, why) => {
    const spec = stdioServer('rough', ['*'])
    const sidecar = await stdioSidecar({
      ...spec,
      transport: { ...spec.transport, ...transport },
    })
    const answer = await postMcp(sidecar, initialize)
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({
      errorCode: 'ERR_MCP_PROCESS_FAILED',
      message: expect.stringContaining(why) as string,
    })
  })
})

describe('a crash', () => {
  it('answers what was asked, ends the session, and a new one works', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['crash', 'hang', 'pid']))
    const session = await beginSession(sidecar)
    const hanging = postMcp(sidecar, call('hang', 'h'), session)
    const crashed = await postMcp(sidecar, call('crash', 'c'), session)
    expect(crashed.status).toBe(502)
    expect(await crashed.json()).toMatchObject({
      errorCode: 'ERR_MCP_PROCESS_FAILED',
      message: expect.stringContaining('ended with exit code 7') as string,
    })
    expect((await hanging).status).toBe(502)
    expect((await postMcp(sidecar, call('pid'), session)).status).toBe(404)
    expect(Number(await callText(sidecar, await beginSession(sidecar), 'pid'))).toBeGreaterThan(0)
  })

  it('again and again is not followed by a start each time', async () => {
    const sidecar = await stdioSidecar(
      stdioServer('rough', ['*'], { env: { CRASH: 'initialize' } }),
    )
    const answers: { status: number; text: string }[] = []
    for (let count = 0; count < 10; count += 1) {
      const answer = await postMcp(sidecar, initialize)
      answers.push({ status: answer.status, text: await answer.text() })
    }
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 502))
    expect(answers.at(-1)?.text).toContain('is not started again for')
    expect(sidecar.started()).toBeLessThan(6)
  })

  it('of a server that does not know the newest revision sends clients to the older one', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['pid'], { env: { CRASH: 'unknown' } }))
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }
    const answer = await postMcp(sidecar, rpc('server/discover', { _meta: meta }, 'probe'))
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ id: 'probe', error: { code: -32601 } })
    await beginSession(sidecar)
  })
})

describe('standard output', () => {
  it('that is no message is logged, and what follows is served', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['rubbish']))
    const session = await beginSession(sidecar)
    expect(await callText(sidecar, session, 'rubbish')).toBe('after the rubbish')
    expect(sidecar.output).toEqual(
      ['[INFO] not JSON', '{"no":"rpc"}', '"text"'].map(
        (line) => `calc: (no JSON-RPC message on standard output) ${line}`,
      ),
    )
  })

  it('in a line of 100 MB ends the process, and little of it is kept', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['flood', 'pid']))
    const session = await beginSession(sidecar)
    const pid = Number(await callText(sidecar, session, 'pid'))
    const answer = await postMcp(sidecar, call('flood'), session)
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({
      errorCode: 'UPSTREAM_INVALID',
      message: expect.stringContaining('more than 16 MiB') as string,
    })
    await gone(pid)
  })

  it('that stays silent because nobody reads the input any more is noticed at the next message', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['deaf', 'pid']))
    const session = await beginSession(sidecar)
    await (await postMcp(sidecar, call('deaf', 1), session)).text()
    const answer = await postMcp(sidecar, call('pid', 2), session)
    expect(answer.status).toBe(502)
    expect(await answer.text()).toContain('closed its standard input')
  })
})

describe('messages', () => {
  it('of a batch reach the server one by one, and are answered together', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['pid', 'env']))
    const session = await beginSession(sidecar)
    const batch = [call('pid', 1), rpc('notifications/x', {}, 1), rpc('tools/list', {}, 'b')]
    delete (batch[1] as { id?: unknown }).id
    const answer = await postMcp(sidecar, batch, session)
    const list = (await answer.json()) as { id: unknown; result: { tools?: { name: string }[] } }[]
    expect(list.map(({ id }) => id)).toEqual([1, 'b'])
    expect(list[1]?.result.tools?.map(({ name }) => name)).toEqual(['pid', 'env'])
    const denied = await postMcp(sidecar, [call('pid', 3), call('crash', 4)], session)
    expect(denied.status).toBe(403)
  })

  it('of a batch whose server crashes are answered each', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['*']))
    const session = await beginSession(sidecar)
    const answer = await postMcp(sidecar, [call('hang', 1), call('crash', 2)], session)
    expect(await answer.json()).toMatchObject([
      { id: 1, error: { data: { errorCode: 'ERR_MCP_PROCESS_FAILED' } } },
      { id: 2, error: { data: { errorCode: 'ERR_MCP_PROCESS_FAILED' } } },
    ])
  })

  it('of the server go into the answer that is waited for, and clients answer its requests', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['ask', 'note']))
    const session = await beginSession(sidecar)
    const note = await postMcp(sidecar, call('note'), session)
    expect(note.headers.get('content-type')).toBe('text/event-stream')
    const events = (await note.text()).split('\n\n').filter((event) => event !== '')
    expect(
      events.map((event) => JSON.parse(event.replace(/^event: message\ndata: /, '')) as object),
    ).toMatchObject([{ method: 'notifications/message' }, { id: 1, result: {} }])
    const asking = await postMcp(sidecar, call('ask', 'a'), session)
    const reader = asking.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toContain('roots/list')
    const reply = { jsonrpc: '2.0', id: 'question', result: { roots: [] } }
    expect((await postMcp(sidecar, reply, session)).status).toBe(202)
    expect((await reader?.read())?.value).toContain(String.raw`{\"roots\":[]}`)
  })

  it('of the server that nobody waits for go to the listening stream', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['note']))
    const session = await beginSession(sidecar)
    const json = { ...session, accept: 'application/json' }
    expect(await callText(sidecar, json, 'note')).toBe('said')
    const stream = await fetch(`${sidecar.url}${path}`, { headers: session })
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toContain('"noted"')
    await reader?.cancel()
  })

  it('keep their meaning however they are written, and are one line to the server', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['env']))
    const session = await beginSession(sidecar)
    const name =
      'A\u2028{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"crash"}}\u2028'
    const pretty = JSON.stringify(rpc('tools/call', { name: 'env', arguments: { name } }), null, 2)
    const answer = await postMcp(sidecar, pretty.replaceAll('\n', '\r\n'), session)
    expect(await answer.json()).toMatchObject({ id: 1, result: {} })
    await beginSession(sidecar)
  })

  it('with an id that is not answered yet are refused', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['hang', 'pid']))
    const session = await beginSession(sidecar)
    const abort = new AbortController()
    const hanging = fetch(`${sidecar.url}${path}`, {
      method: 'POST',
      headers: { ...session, 'content-type': 'application/json' },
      body: JSON.stringify(call('hang', 1)),
      signal: abort.signal,
    })
    // The stream begins when no answer has come for a second.
    expect((await hanging).headers.get('content-type')).toBe('text/event-stream')
    expect((await postMcp(sidecar, call('pid', 1), session)).status).toBe(400)
    expect((await postMcp(sidecar, call('pid', 2), session)).status).toBe(200)
    abort.abort()
  })
})

describe('revision 2026-07-28', () => {
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }
  const modern = (name: string, args: object = {}): object =>
    rpc('tools/call', { name, arguments: args, _meta: meta })

  it('has no sessions: all calls share a process, whatever their ids', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['pid', 'env']))
    const calls = ['A', 'B', 'C'].map(() => postMcp(sidecar, modern('pid')))
    const answers = await Promise.all(calls)
    const pids = await Promise.all(
      answers.map(async (answer) => {
        expect(answer.headers.has('mcp-session-id')).toBe(false)
        const { id, result } = (await answer.json()) as { id: number; result: object }
        expect(id).toBe(1)
        return JSON.stringify(result)
      }),
    )
    expect(new Set(pids).size).toBe(1)
    expect(sidecar.started()).toBe(1)
  })

  it('lets the end of a stream cancel its call', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['hang']))
    const abort = new AbortController()
    const hanging = await fetch(`${sidecar.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(modern('hang')),
      signal: abort.signal,
    })
    expect(hanging.headers.get('content-type')).toBe('text/event-stream')
    abort.abort()
    await expect.poll(() => sidecar.output).toEqual(['calc: cancelled 1'])
  })

  it('starts a process again that crashed', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['crash', 'pid']))
    expect((await postMcp(sidecar, modern('crash'))).status).toBe(502)
    expect((await postMcp(sidecar, modern('pid'))).status).toBe(200)
    expect(sidecar.started()).toBe(2)
  })

  it('has statuses for what a server does not know', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['pid']))
    const answer = await postMcp(sidecar, rpc('no/such', { _meta: meta }, 'x'))
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ id: 'x', error: { code: -32601 } })
  })
})

describe('a reload', () => {
  it('that leaves the server as it is keeps its sessions, with other grants too', async () => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['pid']))
    const session = await beginSession(sidecar)
    const pid = await callText(sidecar, session, 'pid')
    await sidecar.sidecar.reload(snapshotOf({ mcpServers: [stdioServer('rough', ['pid', 'env'])] }))
    expect(await callText(sidecar, session, 'pid')).toBe(pid)
    expect(await callText(sidecar, session, 'env', { name: 'X' })).toBe('(none)')
  })

  it.each([
    ['changes', { digest: 'd2' }, 404],
    ['disables', { isEnabled: false }, 503],
  ] as const)('that %s the server ends its sessions', async (_what, parts, status) => {
    const sidecar = await stdioSidecar(stdioServer('rough', ['pid']))
    const session = await beginSession(sidecar)
    const pid = Number(await callText(sidecar, session, 'pid'))
    const stream = await fetch(`${sidecar.url}${path}`, { headers: session })
    const next = snapshotOf({ mcpServers: [stdioServer('rough', ['pid'], parts)] })
    await sidecar.sidecar.reload(next)
    expect(await stream.text()).toBe('')
    expect((await postMcp(sidecar, call('pid'), session)).status).toBe(status)
    await gone(pid)
  })
})
