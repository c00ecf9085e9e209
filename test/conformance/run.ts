// Runs the official conformance suite and renews docs/conformance.md: `node test/conformance/run.ts [--check] [section …]`.
import { parseArgs } from 'node:util'
import { authorizationResult } from './authorization.ts'
import { startChain, type Chain } from './chain.ts'
import { renewSection } from './page.ts'
import { serverResult } from './server.ts'
import type { Result } from './suite.ts'

const sections: ReadonlyMap<string, (chain: Chain) => Promise<Result>> = new Map([
  ['server', serverResult],
  ['authorization', async ({ issuer }) => authorizationResult(issuer)],
])

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const unknown = positionals.find((name) => !sections.has(name))
if (unknown !== undefined) {
  process.stderr.write(`There is no section ${unknown}: ${[...sections.keys()].join(', ')}\n`)
  process.exit(2)
}

const chain = await startChain()
try {
  for (const [name, run] of sections) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    const { text, faults } = await run(chain)
    const isSame = renewSection(name, text, values.check)
    const said = values.check && !isSame ? ['docs/conformance.md says otherwise'] : []
    for (const fault of [...faults, ...said]) process.stdout.write(`✗ ${name}: ${fault}\n`)
    if (faults.length + said.length > 0) process.exitCode = 1
    else process.stdout.write(`✓ ${name}\n`)
  }
} finally {
  await chain.close()
}
