// The server suite, against the fixture itself and through mcpauth: what differs is a fault of mcpauth.
import type { Chain } from './chain.ts'
import { passed, passedOfAll, table } from './page.ts'
import {
  requiredScenarios,
  revisions,
  runServerSuite,
  type Result,
  type Revision,
  type Verdicts,
} from './suite.ts'

const ways = ['direct', 'pipelines', 'proxy'] as const

export async function serverResult(chain: Chain): Promise<Result> {
  const results: Result[] = []
  for (const revision of revisions) results.push(await ofRevision(chain, revision))
  return {
    text: results.map(({ text }) => text).join('\n\n'),
    faults: results.flatMap(({ faults }) => faults),
  }
}

async function ofRevision(chain: Chain, revision: Revision): Promise<Result> {
  const found = new Map<string, Verdicts>()
  const faults: string[] = []
  for (const way of ways) {
    const { exitCode, verdicts } = await runServerSuite(chain[way], revision)
    if (exitCode !== 0) faults.push(`${revision}, ${way}: a required scenario fails`)
    found.set(way, verdicts)
  }
  const columns = [...found.values()]
  const [direct = new Map<string, readonly string[]>(), ...others] = columns
  const required = requiredScenarios('server', revision)
  const rows = [...direct].map(([scenario, checks]) => {
    const expected = checks.toSorted().join()
    if (others.some((verdicts) => verdicts.get(scenario)?.toSorted().join() !== expected)) {
      faults.push(`${revision}, ${scenario}: not as directly`)
    }
    const results = columns.map((verdicts) => passed(verdicts.get(scenario)))
    return [scenario, required.has(scenario) ? 'yes' : '', ...results]
  })
  const head = [revision, 'Required', 'Directly', 'Both pipelines', 'MCP proxy endpoint']
  return { text: table(head, [['All', '', ...columns.map(passedOfAll)], ...rows]), faults }
}
