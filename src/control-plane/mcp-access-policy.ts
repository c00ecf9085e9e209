// The MCPServerAccessPolicy document of a server: read as the rules that decide, and changed by granting and revoking.
import { createHash } from 'node:crypto'
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import type { McpAccessPolicy, McpAccessRule, McpCapability } from '../core/mcp-access.ts'
import { listAt, textAt, valueAt } from '../core/pointer.ts'
import type { Resource } from '../core/resource.ts'

export const mcpCapabilities = ['tools', 'resources', 'prompts'] as const satisfies McpCapability[]

/** What is granted to a caller, or taken from it. */
export interface McpNames {
  readonly capability: McpCapability
  readonly names: readonly string[]
}

/** The manifest of a policy that denies everything. */
export function bareAccessPolicy(name: string): JsonObject {
  return {
    apiVersion: 'cra.diagrid.io/v1beta1',
    kind: 'MCPServerAccessPolicy',
    metadata: { name },
    spec: { rules: [] },
  }
}

/** The resource of a policy manifest that no file holds. */
export function accessPolicyResource(name: string, manifest: JsonObject): Resource {
  return {
    apiVersion: textAt(manifest, '/apiVersion') ?? '',
    kind: 'MCPServerAccessPolicy',
    name,
    manifest,
    digest: createHash('sha256').update(canonicalJson(manifest)).digest('hex'),
    sensitive: [],
    references: [{ to: 'mcp-server', name, pointer: '/metadata/name' }],
    origin: { file: `mcpauth mcpserver ${name}`, start: { line: 1, column: 1 }, positions: {} },
  }
}

/** The rules by their positions in the manifest; what cannot be read in one grants nothing. No manifest denies all. */
export function accessPolicyOf(manifest: JsonObject | undefined): McpAccessPolicy {
  if (manifest === undefined) return { rules: [] }
  return { rules: listAt(manifest, '/spec/rules').map(readRule) }
}

function readRule(rule: Json): McpAccessRule {
  const mode = isJsonObject(rule) ? (rule['mode'] ?? 'enforce') : undefined
  return {
    callers: listAt(rule, '/callers').flatMap((caller) => textAt(caller, '/appID') ?? []),
    grants: listAt(rule, '/grants').flatMap((grant) => {
      const capability = mcpCapabilities.find((each) => each === textAt(grant, '/capability'))
      const schema = valueAt(grant, '/arguments')
      if (capability === undefined) return []
      if (schema === undefined) return [{ capability, names: namesOf(grant) }]
      return capability === 'tools'
        ? [{ capability, names: namesOf(grant), arguments: schema }]
        : []
    }),
    mode: mode === 'enforce' ? 'enforce' : 'shadow',
  }
}

/** The manifest in which `caller` may use `granted`: in the rule for it alone, or in a new one. */
export function withGrants(
  manifest: JsonObject,
  caller: string,
  granted: readonly McpNames[],
): JsonObject {
  const rules = listAt(manifest, '/spec/rules')
  const index = rules.findIndex((rule) => isPlainRuleOf(rule, caller))
  const old = rules[index]
  const rule = isJsonObject(old) ? old : { callers: [{ appID: caller }], grants: [] }
  const grants = granted.reduce(added, listAt(rule, '/grants'))
  const changed = { ...rule, grants }
  return withRules(manifest, index === -1 ? [...rules, changed] : rules.with(index, changed))
}

/** Whether a rule is about this caller alone, and says nothing that a further grant must not be under. */
function isPlainRuleOf(rule: Json, caller: string): boolean {
  if (!isJsonObject(rule) || (rule['mode'] ?? 'enforce') !== 'enforce') return false
  if (!Object.keys(rule).every((key) => ['callers', 'grants', 'mode'].includes(key))) return false
  const callers = listAt(rule, '/callers')
  return callers.length === 1 && callers.every((each) => textAt(each, '/appID') === caller)
}

function added(grants: readonly Json[], { capability, names }: McpNames): readonly Json[] {
  const index = grants.findIndex(
    (grant) =>
      textAt(grant, '/capability') === capability && valueAt(grant, '/arguments') === undefined,
  )
  const old = grants[index]
  if (!isJsonObject(old)) return [...grants, { capability, names: [...new Set(names)] }]
  return grants.with(index, { ...old, names: [...new Set([...namesOf(old), ...names])] })
}

/**
 * The manifest in which no rule grants `revoked` to `caller` by its own name; every name when `revoked` is undefined. What
 * other callers of a rule may use stays, and so does what a pattern grants.
 */
export function withoutGrants(
  manifest: JsonObject,
  caller: string,
  revoked: readonly McpNames[] | undefined,
): JsonObject {
  const rules = listAt(manifest, '/spec/rules').flatMap((rule) => {
    const callers = listAt(rule, '/callers')
    const others = callers.filter((each) => textAt(each, '/appID') !== caller)
    if (!isJsonObject(rule) || others.length === callers.length) return [rule]
    const before = listAt(rule, '/grants')
    const grants = revoked === undefined ? [] : revoked.reduce(removed, before)
    if (revoked !== undefined && canonicalJson([...grants]) === canonicalJson([...before])) {
      return [rule]
    }
    return [
      ...(others.length === 0 ? [] : [{ ...rule, callers: others }]),
      ...(grants.length === 0 ? [] : [{ ...rule, callers: [{ appID: caller }], grants }]),
    ]
  })
  return withRules(manifest, rules)
}

/** Grants without a name left go. */
function removed(grants: readonly Json[], { capability, names }: McpNames): readonly Json[] {
  return grants.flatMap((grant) => {
    if (!isJsonObject(grant) || textAt(grant, '/capability') !== capability) return [grant]
    const left = namesOf(grant).filter((name) => !names.includes(name))
    return left.length === 0 ? [] : [{ ...grant, names: left }]
  })
}

function withRules(manifest: JsonObject, rules: readonly Json[]): JsonObject {
  const { spec } = manifest
  return { ...manifest, spec: { ...(isJsonObject(spec) ? spec : {}), rules: [...rules] } }
}

function namesOf(grant: Json): string[] {
  return listAt(grant, '/names').filter((name) => typeof name === 'string')
}
