// Who may call an App ID: a pure answer to one question about one accessControl block. Allowed is what Dapr's search allows
// and the manifest, read plainly, does not deny.
import { OperationPaths } from './operation-paths.ts'
import { PathPattern, segmentsOf } from './path-pattern.ts'
import type { CallerIdentity } from './spiffe-id.ts'

export type AccessAction = 'allow' | 'deny'

export interface AccessOperation {
  /** Path pattern, as written. */
  readonly name: string
  /** As written; empty when left out. */
  readonly verbs: readonly string[]
  readonly action: AccessAction
  /** `file:line:column`, as all places here. */
  readonly place: string
}

export interface AccessPolicy extends CallerIdentity {
  /** Undefined leaves it to the block. */
  readonly defaultAction: AccessAction | undefined
  readonly operations: readonly AccessOperation[]
  readonly place: string
}

/** The `accessControl` of one Configuration, with everything that may be left out filled in. */
export interface AccessControl {
  readonly defaultAction: AccessAction
  readonly policies: readonly AccessPolicy[]
  readonly place: string
}

export interface AccessQuestion {
  /** Undefined for a caller whom nobody vouches for. */
  readonly caller: CallerIdentity | undefined
  /** The normalized path, decoded. */
  readonly path: string
  /** In upper case. */
  readonly method: string
}

export interface AccessDecision {
  readonly allowed: boolean
  /** What decided: the block's defaultAction when there is no policy, the policy's when there is no operation. */
  readonly policy?: AccessPolicy
  readonly operation?: AccessOperation
  /** `file:line:column` of what decided. */
  readonly place: string
  /** Set for a deny that Dapr's search passes by: there the call is allowed. */
  readonly passedOver?: true
}

export type AccessCheck = (question: AccessQuestion) => AccessDecision

/** Total: every question has an answer, and what no part of `control` allows is denied. */
export function compileAccessControl(control: AccessControl): AccessCheck {
  const policies = control.policies.map((policy) => compilePolicy(policy, control))
  const byDefault: AccessDecision = {
    allowed: control.defaultAction === 'allow',
    place: control.place,
  }
  const decide = ({ caller, method }: AccessQuestion, path: readonly string[]): AccessDecision => {
    // Who is nobody may be anybody: whatever is denied to one is denied to it, or the other door would be the way round.
    if (caller === undefined && !byDefault.allowed) return byDefault
    let decision = byDefault
    for (const { policy, check } of policies) {
      if (caller !== undefined && !isAbout(policy, caller)) continue
      decision = check(method, path)
      if (!decision.allowed) return decision
    }
    return caller === undefined ? byDefault : decision
  }
  return (question) => {
    const decision = decide(question, segmentsOf(question.path))
    if (!decision.allowed || !question.path.includes(';')) return decision
    // Some servers take `/admin;x` for `/admin` (RFC 3986 §3.3).
    return decide(question, segmentsOf(question.path.replaceAll(/;[^/]*/g, '')))
  }
}

/** Whether a policy is about this caller; one of another namespace or trust domain is another caller's. */
export function isAbout(policy: CallerIdentity, caller: CallerIdentity): boolean {
  return (
    policy.appId === caller.appId &&
    policy.namespace === caller.namespace &&
    policy.trustDomain === caller.trustDomain
  )
}

interface CompiledPolicy {
  readonly policy: AccessPolicy
  readonly check: (method: string, path: readonly string[]) => AccessDecision
}

interface Denial {
  readonly operation: AccessOperation
  readonly pattern: PathPattern
  /** What is allowed of the paths that are denied: fewer, or the same. */
  readonly within: ReadonlyMap<AccessOperation, 'narrower' | 'equal'>
}

function compilePolicy(policy: AccessPolicy, { defaultAction }: AccessControl): CompiledPolicy {
  const { operations } = policy
  const paths = new OperationPaths(operations.map(({ name }) => name))
  const denials = operations
    .filter(({ action }) => action === 'deny')
    .map((operation) => denialOf(operation, operations))
  const byDefault: AccessDecision = {
    allowed: (policy.defaultAction ?? defaultAction) === 'allow',
    policy,
    place: policy.place,
  }
  const check = (method: string, path: readonly string[]): AccessDecision => {
    const found = operations[paths.find(`/${path.join('/')}`) ?? -1]
    const operation = found !== undefined && namesVerb(found, method) ? found : undefined
    const allowed = operation === undefined ? byDefault.allowed : operation.action === 'allow'
    const first = operation === undefined ? byDefault : decidedBy(policy, operation)
    if (!allowed) return first
    const denial = denials.find(
      (each) =>
        meansVerb(each.operation, method) &&
        !isException(operation, each, method) &&
        each.pattern.fits(path),
    )
    if (denial === undefined) return first
    return { ...decidedBy(policy, denial.operation), passedOver: true }
  }
  return { policy, check }
}

function decidedBy(policy: AccessPolicy, operation: AccessOperation): AccessDecision {
  return { allowed: operation.action === 'allow', policy, operation, place: operation.place }
}

/** As Dapr looks verbs up: letter for letter, and an operation without any is not counted. */
function namesVerb({ verbs }: AccessOperation, method: string): boolean {
  return verbs.includes(method) || verbs.includes('*')
}

/** As a deny is meant: in any case, without verbs for all of them, and GET for HEAD too, which servers answer the same way. */
function meansVerb({ verbs }: AccessOperation, method: string): boolean {
  const meant = (verb: string): boolean =>
    verb === '*' || verb === method || (verb === 'GET' && method === 'HEAD')
  return verbs.length === 0 || verbs.some((verb) => meant(verb.toUpperCase()))
}

/** An allow stands against a deny that says more: of a wider pattern, or of the same one where only the allow names the verb. */
function isException(
  allow: AccessOperation | undefined,
  { operation: deny, within }: Denial,
  method: string,
): boolean {
  const relation = allow === undefined ? undefined : within.get(allow)
  if (relation !== 'equal') return relation === 'narrower'
  const isNamed = ({ verbs }: AccessOperation): boolean =>
    verbs.some((verb) => verb.toUpperCase() === method)
  return allow !== undefined && isNamed(allow) && !isNamed(deny)
}

function denialOf(operation: AccessOperation, operations: readonly AccessOperation[]): Denial {
  const pattern = new PathPattern(operation.name)
  const within = operations
    .filter(({ action }) => action === 'allow')
    .map((allow) => ({ allow, allowed: new PathPattern(allow.name) }))
    .filter(({ allowed }) => pattern.includes(allowed))
    .map(({ allow, allowed }) => [allow, allowed.includes(pattern) ? 'equal' : 'narrower'] as const)
  return { operation, pattern, within: new Map(within) }
}
