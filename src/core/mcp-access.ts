// Who may use what of an MCP server: a pure answer to one question about one policy. What no rule grants is denied.
import type { Json } from './json.ts'

export type McpCapability = 'tools' | 'resources' | 'prompts'

export interface McpGrant {
  readonly capability: McpCapability
  /** Names of tools or prompts, URIs of resources; `*` stands for any characters, of which no URI may make a way elsewhere. */
  readonly names: readonly string[]
  /** JSON Schema that the arguments of a call must satisfy; tools only. */
  readonly arguments?: Json
}

export interface McpAccessRule {
  /** App IDs; `*` stands for any characters. */
  readonly callers: readonly string[]
  readonly grants: readonly McpGrant[]
  /** A `shadow` rule decides nothing: the log says what it would have granted. */
  readonly mode: 'enforce' | 'shadow'
}

export interface McpAccessPolicy {
  readonly rules: readonly McpAccessRule[]
}

export interface McpAccessQuestion {
  /** App ID of the caller; undefined is nobody, whom only `*` means. */
  readonly caller: string | undefined
  readonly capability: McpCapability
  readonly name: string
  /** Of the call of a tool; `anyArguments` asks whether there is any call that would be allowed. */
  readonly arguments: Json | typeof anyArguments
}

export const anyArguments = Symbol('any arguments')

/** Where arguments break a schema, and with which keyword of it; never the values. */
export interface ArgumentProblem {
  /** JSON Pointer into the arguments. */
  readonly path: string
  readonly keyword: string
}

/** Undefined when the value satisfies the schema. */
export type JudgeArguments = (schema: Json, value: Json) => ArgumentProblem | undefined

export type McpAccessDecision = {
  /** Position of a shadow rule that would have granted it. */
  readonly shadow?: number
} & (
  | { readonly allowed: true; /** Position of the rule that granted it. */ readonly rule: number }
  | {
      readonly allowed: false
      /** No rule is about this caller, or those that are do not grant this name. */
      readonly reason: 'caller' | 'name'
    }
  | {
      readonly allowed: false
      /** The name is granted with other arguments only. */
      readonly reason: 'arguments'
      /** Position of the first rule that grants the name. */
      readonly rule: number
      readonly problem: ArgumentProblem
    }
)

/** Without a judge, what is granted with some arguments only is denied. */
export function decideMcpAccess(
  { rules }: McpAccessPolicy,
  question: McpAccessQuestion,
  judge: JudgeArguments = refuseArguments,
): McpAccessDecision {
  const verdicts = rules.map((rule) =>
    isAbout(rule, question.caller) ? verdictOf(rule, question, judge) : undefined,
  )
  const find = (mode: McpAccessRule['mode'], isWanted: (verdict: Verdict) => boolean): number =>
    verdicts.findIndex((verdict, index) => rules[index]?.mode === mode && isWanted(verdict))
  const shadow = find('shadow', (verdict) => verdict === 'granted')
  const logged = shadow === -1 ? {} : { shadow }
  const granting = find('enforce', (verdict) => verdict === 'granted')
  if (granting !== -1) return { ...logged, allowed: true, rule: granting }
  const rule = find('enforce', (verdict) => verdict !== undefined)
  const problem = verdicts[rule]
  if (typeof problem === 'object') {
    return { ...logged, allowed: false, reason: 'arguments', rule, problem }
  }
  const reason = isKnownCaller({ rules }, question.caller) ? 'name' : 'caller'
  return { ...logged, allowed: false, reason }
}

/** Where nobody can tell. */
export const refuseArguments: JudgeArguments = () => ({ path: '', keyword: 'schema' })

/** Undefined: the rule says nothing of the name. */
type Verdict = 'granted' | ArgumentProblem | undefined

/** Whether any enforced rule is about the caller: without one the server does not exist for it. */
export function isKnownCaller(policy: McpAccessPolicy, caller: string | undefined): boolean {
  return rulesAbout(policy, caller).length > 0
}

/** The enforced rules about the caller, in their order. */
export function rulesAbout(
  { rules }: McpAccessPolicy,
  caller: string | undefined,
): McpAccessRule[] {
  return rules.filter((rule) => rule.mode === 'enforce' && isAbout(rule, caller))
}

/** Whether the caller still has each grant of `before`, in the same words; what was only reworded is not looked through. */
export function keepsGrants(
  before: McpAccessPolicy,
  after: McpAccessPolicy,
  caller: string | undefined,
): boolean {
  const kept = new Set(grantsOf(after, caller))
  return isKnownCaller(after, caller) && grantsOf(before, caller).every((grant) => kept.has(grant))
}

function grantsOf(policy: McpAccessPolicy, caller: string | undefined): string[] {
  return rulesAbout(policy, caller).flatMap(({ grants }) =>
    grants.flatMap(({ capability, names, arguments: schema }) =>
      names.map((name) => JSON.stringify([capability, name, schema ?? null])),
    ),
  )
}

/** Whether the caller is granted anything of that capability, with whatever arguments. */
export function isGrantedAny(
  policy: McpAccessPolicy,
  caller: string | undefined,
  capability: McpCapability,
): boolean {
  return rulesAbout(policy, caller).some(({ grants }) =>
    grants.some((grant) => grant.capability === capability && grant.names.length > 0),
  )
}

function isAbout({ callers }: McpAccessRule, caller: string | undefined): boolean {
  return callers.some((pattern) =>
    caller === undefined ? pattern === '*' : matchesWildcard(pattern, caller),
  )
}

function verdictOf(
  { grants }: McpAccessRule,
  { capability, name, arguments: value }: McpAccessQuestion,
  judge: JudgeArguments,
): Verdict {
  let problem: ArgumentProblem | undefined
  for (const { arguments: schema, ...grant } of grants) {
    const isMeant =
      grant.capability === capability &&
      grant.names.some((pattern) => grantsName(pattern, capability, name))
    if (!isMeant) continue
    if (schema === undefined || value === anyArguments) return 'granted'
    const found = judge(schema, value)
    if (found === undefined) return 'granted'
    problem ??= found
  }
  return problem
}

function grantsName(pattern: string, capability: McpCapability, name: string): boolean {
  if (pattern === '*' || pattern === name) return true
  return matchesWildcard(pattern, name) && !(capability === 'resources' && takesDetour(name))
}

/**
 * Whether a URI has a dot segment, in whatever spelling: a server that resolves it reads something else than the text
 * that matched `file:///public/*` says (RFC 3986 §5.2.4, CWE-22). Control characters have no place in a URI, and some
 * parsers take them out first, also from between two dots (WHATWG URL §4.4).
 */
function takesDetour(uri: string): boolean {
  const once = uri.replaceAll(/%(?:25)+/g, '%')
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  if (/[\u0000-\u001f\u007f]|%(?:[01][\da-f]|7f)/i.test(once)) return true
  return /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:$|[/\\?#;\s]|%2f|%5c|%3b|%20)/i.test(once)
}

/** Whether the whole text matches; `*` stands for any characters, everything else for itself. Linear in both lengths. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return pattern === text
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
