// What `app access grant` and `app access revoke` share: their options, and the change of the Configuration behind an App ID.
import type { ControlPlane } from '../control-plane/control-plane.ts'
import { McpAuthError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { isLabel, labelRule } from '../core/names.ts'
import { bareConfiguration } from './access-policies.ts'
import type { CommandContext } from './context.ts'
import { noticeUnknownCallers } from './mcp-access.ts'
import { confirmOptions, outputOption, projectOption, waitOption } from './options.ts'
import { changed } from './output/documents.ts'
import type { Printable } from './output/printable.ts'
import { defaultTrustDomain, type CallerIdentity } from '../core/spiffe-id.ts'

export const appArgument = {
  takes: 'one',
  completes: 'app-ids',
  description: 'The App ID that is called',
} as const

export const appAccessOptions = {
  caller: {
    type: 'strings',
    value: 'APP-ID',
    completes: 'app-ids',
    required: true,
    description: 'Who calls; repeatable',
  },
  ...confirmOptions,
  wait: waitOption,
  project: projectOption,
  output: outputOption,
} as const

export interface AppAccessInput {
  readonly app: string
  readonly callers: readonly string[]
  readonly project: string | undefined
}

/** Changes the policy of each caller in the Configuration that the App ID runs, or in a new one of its name. */
export async function changeAppAccess(
  context: CommandContext,
  { app, callers, project: asked }: AppAccessInput,
  change: (manifest: JsonObject, caller: CallerIdentity) => JsonObject,
): Promise<Printable> {
  for (const caller of callers) checkCaller(caller)
  const { madeResource } = await import('./made-resource.ts')
  const plane = await context.controlPlane()
  const project = plane.resolveProject(asked).name
  const identityOf = identitiesOf(plane, project)
  const { name, action } = plane.configurations.updateOf(project, app, (configuration, before) =>
    madeResource(
      context,
      `mcpauth app access ${app}`,
      callers.reduce(
        (manifest, caller) => change(manifest, identityOf(caller)),
        before ?? bareConfiguration(configuration),
      ),
    ),
  )
  noticeUnknownCallers(context, { plane, project }, callers)
  return changed(plane.resources.get(project, 'Configuration', name), action)
}

/** The identity of a caller that exists, or is to. */
export function identitiesOf(
  plane: ControlPlane,
  project: string,
): (appId: string) => CallerIdentity {
  const known = new Set(plane.appIds.list(project).map(({ name }) => name))
  return (appId) => ({
    appId,
    namespace: project,
    trustDomain:
      (known.has(appId) ? plane.snapshot(project, appId).trustDomain : undefined) ??
      defaultTrustDomain,
  })
}

/** Throws USAGE for a caller that can be no App ID. */
export function checkCaller(name: string): void {
  if (isLabel(name)) return
  throw new McpAuthError('USAGE', `"${name}" cannot be an App ID.`, { hint: `Use ${labelRule}.` })
}
