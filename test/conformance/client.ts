// The client suite, with the plain client beside a sidecar in the place of a client that knows OAuth.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { passed, passedOfAll, table } from './page.ts'
import { listClientScenarios, requiredScenarios, revisions, runSuite } from './suite.ts'
import type { Result, Verdicts } from './suite.ts'

/** What mcpauth does not know yet. One that passes has to be taken out of here. */
const notYet: ReadonlySet<string> = new Set([
  'auth/enterprise-managed-authorization',
  'auth/dpop',
  'auth/dpop-nonce',
  'auth/wif-jwt-bearer',
])
const isAuth = (scenario: string): boolean => scenario.startsWith('auth/')

export async function clientResult(): Promise<Result> {
  const scenarios = listClientScenarios()
  const direct = await runEach(
    scenarios.filter((name) => !isAuth(name)),
    'plain-client.ts',
  )
  const through = await runEach(scenarios, 'through-sidecar.ts')
  const faults = scenarios.flatMap((name) => faultsOf(name, direct, through))
  const required = revisions.map((revision) => requiredScenarios('client', revision))
  const rows = scenarios.map((name) => [
    name,
    revisions.filter((_revision, index) => required[index]?.has(name)).join(', '),
    isAuth(name) ? '' : passed(direct.get(name)),
    passed(through.get(name)),
  ])
  const all = ['All', '', passedOfAll(direct), passedOfAll(through)]
  return {
    text: table(['Scenario', 'Required by', 'Directly', 'Beside the sidecar'], [all, ...rows]),
    faults,
  }
}

function faultsOf(name: string, direct: Verdicts, through: Verdicts): readonly string[] {
  const checks = through.get(name) ?? []
  if (!isAuth(name)) {
    const same = checks.toSorted().join() === direct.get(name)?.toSorted().join()
    return same ? [] : [`${name}: not as directly`]
  }
  const passes = checks.length > 0 && checks.every((check) => !/ (?:FAILURE|WARNING)$/.test(check))
  if (passes === notYet.has(name)) return [`${name}: ${passes ? 'passes by now' : 'fails'}`]
  return []
}

/** Two at a time: all at once, as the suite runs them by itself, are more than some timeouts bear. */
async function runEach(scenarios: readonly string[], program: string): Promise<Verdicts> {
  const found = new Map<string, readonly string[]>()
  const path = fileURLToPath(new URL(program, import.meta.url))
  const waiting = [...scenarios]
  const within = ownNetwork()
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const command = `${process.execPath} ${path}`
      const args = ['client', '--command', command, '--scenario', name, '--timeout', '120000']
      const { verdicts } = await runSuite(args, { within })
      found.set(name, verdicts.get(name) ?? [])
    }
  }
  await Promise.all([work(), work()])
  return found
}

/** The servers of these scenarios listen on all interfaces; where that can be had, they get a network of their own. */
function ownNetwork(): readonly string[] {
  const within = [
    'unshare',
    '--net',
    '--map-root-user',
    'sh',
    '-c',
    'ip link set lo up; exec "$@"',
    '-',
  ]
  const [program = '', ...args] = within
  return spawnSync(program, [...args, 'true']).status === 0 ? within : []
}
