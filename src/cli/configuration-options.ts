// The options that describe the accessControl of a Configuration, and the manifest that they make.
import type { AccessAction } from '../core/access-control.ts'
import type { CallerIdentity } from '../core/spiffe-id.ts'
import { McpAuthError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { withDefaultAction, withoutPolicy, withPolicy } from './access-policies.ts'
import { checkCaller } from './app-access.ts'
import { outputOption, projectOption, waitOption } from './options.ts'

export const configurationOptions = {
  policy: {
    type: 'strings',
    value: 'APP-ID:ACTION',
    description: 'What one caller may do: allow or deny; repeatable',
  },
  wait: waitOption,
  project: projectOption,
  output: outputOption,
} as const

export const defaultActionOption = {
  type: 'string',
  value: 'ACTION',
  choices: ['allow', 'deny'],
  description: 'What happens to calls of everybody else',
} as const

export interface AccessSettings {
  readonly defaultAction: string | undefined
  readonly policies: readonly string[]
  readonly removed: readonly string[]
}

/** The manifest with what the options say of its accessControl. Throws USAGE. */
export function withAccess(
  manifest: JsonObject,
  identityOf: (appId: string) => CallerIdentity,
  { defaultAction, policies, removed }: AccessSettings,
): JsonObject {
  const given = policies.map(parsePolicy)
  for (const appId of [...removed, ...given.map((policy) => policy.appId)]) checkCaller(appId)
  let result = manifest
  for (const appId of removed) result = withoutPolicy(result, identityOf(appId))
  for (const { appId, action } of given) result = withPolicy(result, identityOf(appId), action)
  return defaultAction === undefined ? result : withDefaultAction(result, actionOf(defaultAction))
}

function parsePolicy(text: string): { readonly appId: string; readonly action: AccessAction } {
  const [, appId, action] = /^([^:]*):(allow|deny)$/i.exec(text) ?? []
  if (appId !== undefined && action !== undefined) return { appId, action: actionOf(action) }
  throw new McpAuthError('USAGE', `"${text}" is not a policy.`, {
    hint: 'Write APP-ID:allow or APP-ID:deny.',
  })
}

function actionOf(text: string): AccessAction {
  return text.toLowerCase() === 'allow' ? 'allow' : 'deny'
}
