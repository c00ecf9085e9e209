// Checks the text of a component's setting against what the setting is for, with the rules that the data plane asks.
import { createRequire } from 'node:module'

import type { RE2JS } from 're2js'

import { readOrigins, readTokens } from '../core/cors-settings.ts'
import { readHeaderMap, readHeaderNames } from '../core/header-changes.ts'
import { tokenHeaderProblem } from '../core/header-rules.ts'
import { readRouteAliases } from '../core/route-alias.ts'
import type { RuleProblem } from '../core/rule-problem.ts'
import {
  booleanProblem,
  type Bounds,
  durationProblem,
  integerProblem,
  numberProblem,
  readTokenParameters,
  uriProblem,
} from '../core/setting-values.ts'
import {
  readClaimHeaders,
  readIssuers,
  readList,
  readRequiredClaims,
  readScopeHierarchy,
  readScopes,
  type Read,
} from '../core/token-settings.ts'
import { readToolScopes } from '../core/tool-scopes.ts'
import { judgeUrl } from '../core/trusted-url.ts'
import type { ComponentField } from './generated/component-types.ts'

/** What is wrong with the text of a setting; `others` are the names of all settings beside it. */
export function textProblem(
  field: ComponentField,
  text: string,
  others: ReadonlySet<string>,
): TextProblem | undefined {
  const { type, minimum: min, maximum: max } = field
  return type === undefined ? undefined : checks[type](text, { min, max }, others)
}

/** `insecure`: right in itself, but what goes there could be read on the way. */
type TextProblem = RuleProblem & { readonly reason?: 'invalid' | 'insecure' }

type Check = (text: string, bounds: Bounds, others: ReadonlySet<string>) => TextProblem | undefined

const checks: Readonly<Record<NonNullable<ComponentField['type']>, Check>> = {
  url: urlProblem,
  'header-name': tokenHeaderProblem,
  // RFC 7519 §4.1.1: a StringOrURI; it has to be a URL only when the keys are found through it.
  issuer: (text, _bounds, others) => (others.has('jwksURL') ? undefined : urlProblem(text)),
  'introspection-url': (text, _bounds, others) => {
    const isComplete = introspectionClient.every((name) => others.has(name))
    return urlProblem(text) ?? (isComplete ? undefined : noClient)
  },
  uri: uriProblem,
  boolean: booleanProblem,
  integer: integerProblem,
  number: numberProblem,
  duration: durationProblem,
  regexp: expressionProblem,
  rego: (_text, _bounds, others) => {
    if (!others.has('policyFile')) return undefined
    return { problem: 'stands beside policyFile', hint: 'Keep one of the two.' }
  },
  routes: (text) => {
    const read = readRouteAliases(text)
    if ('problem' in read) return read
    return read.value.map(({ pattern }) => expressionProblem(pattern)).find((found) => found)
  },
  query: (text) => {
    const read = readTokenParameters(text)
    return 'parameters' in read ? undefined : read
  },
  'header-map': problemOf(readHeaderMap),
  'header-names': problemOf(readHeaderNames),
  origins: problemOf(readOrigins),
  names: problemOf(readTokens),
  list: problemOf(readList),
  scopes: problemOf(readScopes),
  'scope-hierarchy': problemOf(readScopeHierarchy),
  'tool-scopes': problemOf(readToolScopes),
  issuers: problemOf(readIssuers),
  'required-claims': problemOf(readRequiredClaims),
  'claim-headers': problemOf(readClaimHeaders),
}

/** RFC 7662 §2.1: nobody may ask without credentials. */
const introspectionClient = ['introspectionClientID', 'introspectionClientSecret']
const noClient: RuleProblem = {
  problem: `needs ${introspectionClient.join(' and ')} beside it`,
  hint: 'Add the client that may introspect.',
}

function problemOf(read: (text: string) => Read<unknown>): Check {
  return (text) => {
    const result = read(text)
    return 'problem' in result ? result : undefined
  }
}

function expressionProblem(text: string): TextProblem | undefined {
  try {
    // Loaded on first use: most manifests have no expression.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- require has no types
    re2 ??= createRequire(import.meta.url)('re2js') as { readonly RE2JS: typeof RE2JS }
    re2.RE2JS.compile(text)
    return undefined
  } catch {
    const problem = 'is not a valid RE2 expression'
    return { problem, hint: 'RE2 has no look-around and no back-references.' }
  }
}

let re2: { readonly RE2JS: typeof RE2JS } | undefined

function urlProblem(text: string): TextProblem | undefined {
  const verdict = judgeUrl(text)
  return verdict.ok ? undefined : verdict
}
