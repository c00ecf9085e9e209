// Cases about what goes on after the first request: every request is checked, and streams are left alone.
import type { Fetched } from '../send.ts'
import { resultOf, rpcProbe, type Headers } from '../rpc.ts'
import { judgeMcp } from '../steps/mcp.ts'
import { bearer, noToken, type Bench, type Case, type Outcome, type Skip } from './case.ts'
import { refusalProblem } from './refusal.ts'

interface Session {
  /** Without credentials. */
  readonly headers: Headers
  readonly credentials: Headers
  readonly hasId: boolean
}

const noSession: Skip = { why: 'the server begins no session' }

/** A session of its own for each case, ended afterwards. */
function inSession(
  id: string,
  must: string,
  work: (bench: Bench, session: Session) => Promise<Outcome>,
): Case {
  return {
    id,
    must,
    run: async (bench) => {
      if (bench.token === undefined) return noToken
      const credentials = bearer(bench.token)
      const initialized = await bench.call(credentials)
      const { value } = judgeMcp({ initialized, discovered: undefined })
      if (value === undefined) return noSession
      const hasId = value.headers.some(([name]) => name === 'mcp-session-id')
      const session = { headers: value.headers, credentials, hasId }
      await notify(bench, session, { method: 'notifications/initialized' })
      try {
        return await work(bench, session)
      } finally {
        if (hasId) await end(bench, session)
      }
    },
  }
}

function ping({ send, server }: Bench, headers: Headers): Promise<Fetched> {
  return send(rpcProbe(server.href, { method: 'ping' }, headers))
}

function notify(
  { send, server }: Bench,
  session: Session,
  message: { method: string },
): Promise<Fetched> {
  const headers = [...session.credentials, ...session.headers]
  const body = JSON.stringify({ jsonrpc: '2.0', ...message })
  return send({ ...rpcProbe(server.href, {}, headers), body })
}

function end({ send, server }: Bench, { credentials, headers }: Session): Promise<Fetched> {
  return send({ method: 'DELETE', url: server.href, headers: [...credentials, ...headers] })
}

function stream({ server }: Bench, { credentials, headers }: Session, more: Headers = []) {
  const accept = ['accept', 'text/event-stream'] as const
  return { method: 'GET', url: server.href, headers: [...credentials, ...headers, accept, ...more] }
}

function status(answer: Fetched): string {
  return answer.ok ? `it answered ${answer.status}` : `the server ${answer.detail}`
}

async function answersPing(bench: Bench, session: Session): Promise<Outcome> {
  const answer = await ping(bench, [...session.credentials, ...session.headers])
  return answer.ok && resultOf(answer) !== undefined
    ? undefined
    : `a ping afterwards: ${status(answer)}`
}

export const sessionCases: readonly Case[] = [
  inSession(
    'session-no-token',
    'A later request of a session without a token gets 401',
    async (bench, { headers }) => refusalProblem(await ping(bench, headers), 'absent'),
  ),
  inSession(
    'session-garbage-token',
    'A later request of a session with another token gets 401',
    async (bench, { headers }) =>
      refusalProblem(await ping(bench, [...headers, ...bearer('garbage')]), 'present'),
  ),
  inSession(
    'get',
    'A GET with a good token opens a stream of events, or is 405',
    async (bench, session) => {
      const answer = await bench.send({
        ...stream(bench, session),
        timeoutMs: bench.idleMs,
        headOnly: true,
      })
      if (answer.ok && answer.status === 405) return undefined
      if (!answer.ok || answer.status !== 200) return status(answer)
      const type = answer.values('content-type').join()
      return type.includes('text/event-stream')
        ? undefined
        : 'what it opened is no stream of events'
    },
  ),
  inSession('idle', 'A stream on which nothing happens stays open', async (bench, session) => {
    const answer = await bench.send({ ...stream(bench, session), timeoutMs: bench.idleMs })
    if (!answer.ok) return status(answer)
    if (answer.status !== 200) return { why: 'the server opens no such stream' }
    return answer.isCut ? undefined : 'the server, or what stands before it, closed it'
  }),
  inSession(
    'last-event-id',
    'A GET with Last-Event-ID reaches the server',
    async (bench, session) => {
      const again = stream(bench, session, [['last-event-id', 'mcpauth-verify']])
      const answer = await bench.send({ ...again, timeoutMs: bench.idleMs, headOnly: true })
      const isServed =
        answer.ok && answer.status < 500 && answer.status !== 401 && answer.status !== 403
      return isServed ? undefined : status(answer)
    },
  ),
  inSession(
    'cancel',
    'A notification of a cancelled request is taken, and the session goes on',
    async (bench, session) => {
      const message = { method: 'notifications/cancelled', params: { requestId: 'mcpauth-verify' } }
      const answer = await notify(bench, session, message)
      return answer.ok && answer.status < 300 ? answersPing(bench, session) : status(answer)
    },
  ),
  inSession(
    'broken-stream',
    'A session goes on after a client has left its stream',
    async (bench, session) => {
      await bench.send({ ...stream(bench, session), timeoutMs: bench.idleMs, headOnly: true })
      return answersPing(bench, session)
    },
  ),
  inSession(
    'delete',
    'A DELETE with a good token ends the session, or is 405',
    async (bench, session) => {
      if (!session.hasId) return noSession
      const answer = await end(bench, session)
      if (answer.ok && answer.status === 405) return undefined
      if (!answer.ok || answer.status >= 300) return status(answer)
      const after = await ping(bench, [...session.credentials, ...session.headers])
      return after.ok && after.status === 404 ? undefined : `a request afterwards: ${status(after)}`
    },
  ),
]
