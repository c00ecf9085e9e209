// Cases about how credentials are presented, or not.
import { bearer, noToken, type Case } from './case.ts'
import { refusalProblem, turnedAwayProblem } from './refusal.ts'

/** Nobody issued it, and it must appear in no answer. */
const canary = 'mcpauth-verify-CANARY'

export const credentialsCases: readonly Case[] = [
  {
    id: 'no-token',
    must: 'A POST without a token gets 401 with one Bearer challenge that leads to the metadata',
    run: async ({ call }) => refusalProblem(await call(), 'absent'),
  },
  ...(['GET', 'DELETE'] as const).map((method): Case => ({
    id: `no-token-${method.toLowerCase()}`,
    must: `A ${method} without a token gets the same 401`,
    run: async ({ send, server }) =>
      refusalProblem(
        await send({
          method,
          url: server.href,
          headers: [['accept', 'text/event-stream']],
          headOnly: true,
        }),
        'absent',
      ),
  })),
  {
    id: 'other-scheme',
    must: 'Basic credentials get 401 with a Bearer challenge',
    run: async ({ call }) =>
      refusalProblem(await call([['authorization', 'Basic Zm9vOmJhcg==']]), 'any'),
  },
  ...(
    [
      ['empty-bearer', 'Bearer'],
      ['malformed-header', 'Bearer two tokens'],
      ['malformed-characters', 'Bearer a;b"c'],
    ] as const
  ).map(([id, value]): Case => ({
    id,
    must: `"Authorization: ${value}" gets 401 or 400`,
    run: async ({ call }) => turnedAwayProblem(await call([['authorization', value]])),
  })),
  {
    id: 'garbage-token',
    must: 'A token that is none gets 401 with error="invalid_token", and is not repeated',
    run: async ({ call }) => {
      const answer = await call(bearer(canary))
      const isRepeated =
        answer.ok && (answer.text + answer.values('www-authenticate').join()).includes(canary)
      return isRepeated ? 'the answer repeats the token' : refusalProblem(answer, 'present')
    },
  },
  {
    id: 'long-token',
    must: 'A token of 6,000 characters is refused, not a failure',
    run: async ({ call }) => {
      const answer = await call(bearer('a'.repeat(6000)))
      if (answer.ok && [400, 401, 413, 431].includes(answer.status)) return undefined
      return answer.ok ? `it answered ${answer.status}` : `the server ${answer.detail}`
    },
  },
  {
    id: 'query-token',
    must: 'A good token in the query is not taken',
    run: async ({ send, server, token }) => {
      if (token === undefined) return noToken
      const url = new URL(server)
      url.searchParams.set('access_token', token)
      const answer = await send({
        method: 'POST',
        url: url.href,
        body: '{}',
        headers: [['content-type', 'application/json']],
      })
      return turnedAwayProblem(answer)
    },
  },
  {
    id: 'two-tokens',
    must: 'A good token beside a second one is not taken',
    run: async ({ call, token }) => {
      if (token === undefined) return noToken
      const answer = await call([...bearer(token), ...bearer(canary)])
      return answer.ok ? turnedAwayProblem(answer) : undefined
    },
  },
  {
    id: 'good-token',
    must: 'A good token is taken',
    run: async ({ call, token }) => {
      if (token === undefined) return noToken
      const answer = await call(bearer(token))
      if (answer.ok && answer.status < 300) return undefined
      return answer.ok ? `it answered ${answer.status}` : `the server ${answer.detail}`
    },
  },
  {
    id: 'scheme-case',
    must: 'The scheme is compared without regard to case',
    run: async ({ call, token }) => {
      if (token === undefined) return noToken
      const answer = await call([['authorization', `bearer ${token}`]])
      return answer.ok && answer.status < 300
        ? undefined
        : 'a good token behind "bearer" was refused'
    },
  },
  {
    id: 'foreign-origin',
    must: 'A page from elsewhere gets 403, even with a good token',
    run: async ({ call, token }) => {
      if (token === undefined) return noToken
      const answer = await call([...bearer(token), ['origin', 'https://attacker.example']])
      if (answer.ok && answer.status === 403) return undefined
      return answer.ok ? `it answered ${answer.status}` : `the server ${answer.detail}`
    },
  },
]
