// Calls that are denied here and that daprd lets through, because its search passes the deny by.
import { compileAccessControl, type AccessControl, type AccessPolicy } from './access-control.ts'
import { OperationPaths } from './operation-paths.ts'

export interface PassedOver {
  /** Position of the operation that denies. */
  readonly operation: number
  /** A call that it denies. */
  readonly path: string
  readonly method: string
  /** Position of the operation that allows it in Dapr; undefined is the default. */
  readonly instead: number | undefined
}

/** One call for each operation of the policy that Dapr passes by for some; all such operations that are found by trial. */
export function passedOver(
  { defaultAction }: Pick<AccessControl, 'defaultAction'>,
  policy: AccessPolicy,
): PassedOver[] {
  const { operations } = policy
  const check = compileAccessControl({ defaultAction, policies: [policy], place: '' })
  const dapr = new OperationPaths(operations.map(({ name }) => name))
  const found = new Map<number, PassedOver>()
  let trials = 0
  for (const { path, method } of callsFor(policy)) {
    trials += 1
    if (trials > mostTrials) break
    const decision = check({ caller: policy, path, method })
    if (decision.passedOver !== true || decision.operation === undefined) continue
    // Several may deny it; the first is the one that decides.
    const operation = operations.indexOf(decision.operation)
    const hit = dapr.find(path)
    const verbs = operations[hit ?? -1]?.verbs ?? []
    const instead = verbs.includes('*') || verbs.includes(method) ? hit : undefined
    if (!found.has(operation)) found.set(operation, { operation, path, method, instead })
  }
  return [...found.values()].toSorted((a, b) => a.operation - b.operation)
}

/** Calls that a deny may be about together with each operation. */
function* callsFor(policy: AccessPolicy): Generator<{ path: string; method: string }> {
  const { operations } = policy
  const methods = methodsOf(policy)
  for (const deny of operations.filter(({ action }) => action === 'deny')) {
    const tried = new Set<string>()
    for (const { name } of operations) {
      for (const path of common(deny.name, name)) {
        if (tried.has(path)) continue
        tried.add(path)
        for (const method of methods) yield { path, method }
      }
    }
  }
}

/** Those that are named, HEAD, which a deny of GET is about, and one that is not named. */
function methodsOf({ operations }: AccessPolicy): string[] {
  const named = operations.flatMap(({ verbs }) => verbs).map((verb) => verb.toUpperCase())
  return [...new Set([...named.filter((verb) => verb !== '*'), 'GET', 'HEAD', 'OPTIONS'])]
}

/** Enough for dozens of operations; a manifest must not hold up whoever lints it. */
const mostTrials = 20_000
const any = 'x'
const mostPaths = 64

/** Paths that both patterns may be about. */
function common(one: string, other: string): string[] {
  return expansions(one, other).flatMap((a) =>
    expansions(other, one).flatMap((b) => {
      let starts: string[] = ['']
      // Where the search ends on the way to the longer one, too.
      const paths: string[] = []
      for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
        paths.push(...starts)
        const texts = segmentsFor(a[index], b[index])
        starts = starts
          .flatMap((start) => texts.map((text) => `${start}/${text}`))
          .slice(0, mostPaths)
      }
      // A pattern is also about what lies below.
      const below = starts.map((path) => `${path}/${any}`)
      return [...paths, ...starts, ...below].map((path) => path || '/')
    }),
  )
}

/** The pattern with `**` as none up to one segment more than the other has, and a star at its end as none or one. */
function expansions(pattern: string, other: string): string[][] {
  const mostStars = other.split('/').length
  const segments = pattern
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '')
  let results: string[][] = [[]]
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    const ends = segment === '**' ? starsUpTo(mostStars) : [[segment]]
    if (segment === '*' && isLast) ends.push([])
    results = results.flatMap((start) => ends.map((end) => [...start, ...end])).slice(0, mostPaths)
  }
  return results
}

function starsUpTo(most: number): string[][] {
  return Array.from({ length: most + 1 }, (_, count) => Array<string>(count).fill('*'))
}

/** Texts that may fit both: each by itself with something and with nothing for its stars, and one after the other. */
function segmentsFor(one: string | undefined, other: string | undefined): string[] {
  const texts = [one, other].flatMap((segment) =>
    segment === undefined ? [] : [segment.replaceAll(/\*+/g, any), segment.replaceAll('*', '')],
  )
  const [first = '', , second] = texts
  const joined = second === undefined ? [] : [`${first}${second}`, `${second}${first}`]
  return [...new Set([...texts, ...joined])].filter((text) => text !== '')
}
