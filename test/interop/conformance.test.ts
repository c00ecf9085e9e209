// The official conformance suite: through mcpauth as without it, and as docs/conformance.md says.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { authorizationResult } from '../conformance/authorization.ts'
import { startChain, type Chain } from '../conformance/chain.ts'
import { renewSection } from '../conformance/page.ts'
import { serverResult } from '../conformance/server.ts'
import { suite } from '../conformance/suite.ts'
import { missingPeer } from './npm-missing.ts'

const missing = missingPeer(suite)

describe.skipIf(missing !== undefined)('the conformance suite', () => {
  let chain: Chain
  beforeAll(async () => {
    chain = await startChain()
  })
  afterAll(() => chain.close())

  it('for servers', async () => {
    const { text, faults } = await serverResult(chain)
    expect(faults).toEqual([])
    expect(renewSection('server', text, true), 'run: npm run conformance').toBe(true)
  })

  it('for authorization servers', async () => {
    const { text, faults } = await authorizationResult(chain.issuer)
    expect(faults).toEqual([])
    expect(renewSection('authorization', text, true), 'run: npm run conformance').toBe(true)
  })
})
