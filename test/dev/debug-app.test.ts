// The debugging app shows what it gets, and no secret of it.
import { expect, it, onTestFinished } from 'vitest'

import { startDebugApp, type ShownRequest } from '../../src/dev/debug-app.ts'

async function listening() {
  const shown: ShownRequest[] = []
  const app = await startDebugApp((request) => shown.push(request))
  onTestFinished(() => app.close())
  return { shown, url: `http://127.0.0.1:${app.port}` }
}

it('shows a request without its credentials, and answers 200', async () => {
  const { shown, url } = await listening()
  const headers = {
    authorization: 'Bearer canary',
    cookie: 'a=canary',
    'dapr-api-token': 'canary',
    'x-kept': 'yes',
  }
  const target = `${url}/a%20b?page=2&access_token=canary&code=canary&flag`
  const answer = await fetch(target, { method: 'POST', headers, body: '{"é":1}' })
  expect(answer.status).toBe(200)
  expect(shown).toMatchObject([
    {
      method: 'POST',
      url: '/a%20b?page=2&access_token=***&code=***&flag',
      body: '{"é":1}',
      bytes: 8,
      isCut: false,
    },
  ])
  expect(shown[0]?.headers).toContainEqual(['authorization', '***'])
  expect(shown[0]?.headers).toContainEqual(['x-kept', 'yes'])
  expect(JSON.stringify(shown)).not.toContain('canary')
})

it('shows the beginning of a long body, and only the size of what is no text', async () => {
  const { shown, url } = await listening()
  await fetch(url, { method: 'PUT', body: `a${'é'.repeat(100_000)}` })
  await fetch(url, { method: 'PUT', body: new Uint8Array([0xff, 0xfe]) })
  expect(shown[0]).toMatchObject({ bytes: 200_001, isCut: true })
  expect(shown[0]?.body).toMatch(/^aé+$/)
  expect(shown[0]?.body?.length).toBeLessThan(65_536)
  expect(shown[1]).toMatchObject({ body: undefined, bytes: 2, isCut: false })
})
