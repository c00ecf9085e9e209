// Access control evaluated by the book and without any cleverness: what daprd decides, and what mcpauth does.
import type {
  AccessControl,
  AccessOperation,
  AccessPolicy,
  AccessQuestion,
} from '../../src/core/access-control.ts'

/** As daprd does (pkg/acl/acl.go), once everything that it wants written is written. */
export function naiveDapr(control: AccessControl, asked: AccessQuestion): boolean {
  const question = { ...asked, path: clean(asked.path) }
  const policy = control.policies.findLast((each) => isAbout(each, question))
  if (question.caller === undefined || policy === undefined)
    return control.defaultAction === 'allow'
  return daprPolicy(control, policy, question)
}

/** As the documentation of mcpauth says. */
export function naive(control: AccessControl, asked: AccessQuestion): boolean {
  const paths = new Set([asked.path, asked.path.replaceAll(/;[^/]*/g, '')].map(clean))
  return [...paths].every((path) => naiveOne(control, { ...asked, path }))
}

function naiveOne(control: AccessControl, question: AccessQuestion): boolean {
  const { caller } = question
  const policies = control.policies.filter((one) => caller === undefined || isAbout(one, question))
  const needsDefault = caller === undefined || policies.length === 0
  if (needsDefault && control.defaultAction !== 'allow') return false
  return policies.every(
    (policy) => daprPolicy(control, policy, question) && !isDenied(policy, question),
  )
}

function isAbout(policy: AccessPolicy, { caller }: AccessQuestion): boolean {
  return (['appId', 'namespace', 'trustDomain'] as const).every(
    (field) => policy[field] === caller?.[field],
  )
}

function daprPolicy(
  control: AccessControl,
  policy: AccessPolicy,
  { path, method }: AccessQuestion,
): boolean {
  const found = daprOperation(policy, path)
  const action = found?.verbs.some((verb) => verb === method || verb === '*') ? found.action : null
  return (action ?? policy.defaultAction ?? control.defaultAction) === 'allow'
}

/** The first sibling that fits is entered, segment by segment, and nobody comes back. */
export function daprOperation(policy: AccessPolicy, path: string): AccessOperation | undefined {
  const patterns = policy.operations.map(({ name }) => split(name))
  const below = (start: readonly string[]): string[] =>
    patterns
      .filter((one) => one.length > start.length && startsWith(one, start))
      .map((one) => one[start.length] ?? '')
  const at = (exact: readonly string[]): AccessOperation | undefined =>
    policy.operations[
      patterns.findIndex((one) => one.length === exact.length && startsWith(one, exact))
    ]
  const segments = split(path)
  let start: string[] = []
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    const next = below(start).find(
      (one) => one === segment || (glob(one).test(segment) && (one !== '*' || isLast)),
    )
    if (next === undefined) return undefined
    start = [...start, next]
    const found = at(start)
    if (found !== undefined) return found
  }
  const rest = below(start).find((one) => one === '*' || one === '**')
  return rest === undefined ? undefined : at([...start, rest])
}

/** A deny that fits, with no allow that says less to stand against it. */
function isDenied(policy: AccessPolicy, { path, method }: AccessQuestion): boolean {
  const found = daprOperation(policy, path)
  const allow = found?.verbs.some((verb) => verb === method || verb === '*') ? found : undefined
  return policy.operations.some(
    (deny) =>
      deny.action === 'deny' &&
      (deny.verbs.length === 0 ||
        names(deny, method) ||
        deny.verbs.includes('*') ||
        (method === 'HEAD' && names(deny, 'GET'))) &&
      plain(deny.name).test(path) &&
      !(allow !== undefined && allow.action === 'allow' && saysLess(allow, deny, method)),
  )
}

function saysLess(allow: AccessOperation, deny: AccessOperation, method: string): boolean {
  const isWithin = samples(allow.name).every((path) => plain(deny.name).test(path))
  const isSame = samples(deny.name).every((path) => plain(allow.name).test(path))
  if (!isWithin) return false
  return !isSame || (names(allow, method) && !names(deny, method))
}

function names({ verbs }: AccessOperation, method: string): boolean {
  return verbs.map((verb) => verb.toUpperCase()).includes(method)
}

/** The paths of a pattern, as a regular expression over clean paths. */
function plain(pattern: string): RegExp {
  const segments = clean(pattern)
    .split('/')
    .filter((segment) => segment !== '')
  if (segments.length === 0) return /^\/$/
  const last = segments.at(-1) ?? ''
  // What stands between two slashes is never nothing.
  const wild: Record<string, string> = { '*': '/[^/]+', '**': '(/[^/]+)*' }
  const head = segments.slice(0, -1).map((one) => wild[one] ?? `/${text(one)}`)
  if (last === '**') return new RegExp(`^${head.join('')}(/.*)?$`)
  if (last === '*') return new RegExp(`^${head.join('')}(/[^/]*)?$`)
  return new RegExp(`^${head.join('')}/${text(last)}(/.*)?$`)
}

/** Where `any` is a word that stands in no pattern. */
function samples(pattern: string): string[] {
  const segments = clean(pattern).split('/').slice(1)
  const last = segments.at(-1)
  const head = segments.slice(0, -1).map((one) => one.replace(/\*+/g, 'zzz'))
  const path = (...end: string[]): string => clean(`/${[...head, ...end].join('/')}`)
  if (last === '**') return [path(), path('zzz'), path('zzz', 'zzz')]
  if (last === '*') return [path(), path('zzz')]
  return [path(last?.replace(/\*+/g, 'zzz') ?? '')]
}

function clean(path: string): string {
  const joined = `/${path.toLowerCase()}`.replace(/\/+/g, '/')
  return joined === '/' ? joined : joined.replace(/\/$/, '')
}

function text(segment: string): string {
  return segment.replace(/[.;]/g, String.raw`\$&`).replace(/\*+/g, '[^/]*')
}

function glob(segment: string): RegExp {
  return segment.includes('*') ? new RegExp(`^${text(segment)}$`) : /^(?!)/
}

function split(path: string): string[] {
  return path.toLowerCase().replace(/^\//, '').split('/')
}

function startsWith(one: readonly string[], start: readonly string[]): boolean {
  return start.every((segment, index) => segment === one[index])
}
