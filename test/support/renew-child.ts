// A process that renews one login over and over, as a sidecar does whose token an upstream refuses every time.
import { systemClock } from '../../src/core/clock.ts'
import type { GrantKey } from '../../src/core/grants.ts'
import { openControlPlane } from '../../src/control-plane/control-plane.ts'
import { sendControlRequest } from '../../src/oauth/control-request.ts'
import { createGrantMint, renewalAt } from '../../src/oauth/grant-mint.ts'
import { createTokenRequester } from '../../src/oauth/token-request.ts'

const [, , home = '', tokenUrl = '', keyText = '{}', times = '0'] = process.argv
const key = JSON.parse(keyText) as GrantKey
const plane = openControlPlane({ home, clock: systemClock, env: {} })
const client = {
  tokenUrl: new URL(tokenUrl),
  clientId: key.clientId,
  authStyle: 0 as const,
  scopes: key.scopes,
  params: [],
}
const mint = createGrantMint({
  key,
  store: plane.grants.store('default'),
  renewalOf: renewalAt(tokenUrl, {
    request: createTokenRequester(client, { send: sendControlRequest, clock: systemClock }),
    params: [],
  }),
  clock: systemClock,
  loginCommand: 'mcpauth login test',
})
const tokens = new Set<string>()
for (let count = 0; count < Number(times); count += 1) {
  const result = await mint(new AbortController().signal)
  if (!result.ok) throw new Error(`after ${count} renewals: ${result.problem}`)
  tokens.add(result.token.value.reveal())
}
plane.close()
process.stdout.write(`${tokens.size}\n`)
