// The options of `mcpserver access` and what they name: callers, and the tools, resources and prompts they may use.
import type { McpNames } from '../control-plane/mcp-access-policy.ts'
import type { ControlPlane } from '../control-plane/control-plane.ts'
import { McpAuthError } from '../core/errors.ts'
import type { McpAccessRule, McpCapability } from '../core/mcp-access.ts'
import { isLabel, labelRule } from '../core/names.ts'
import { suggest } from '../core/suggest.ts'
import type { ArgumentSpecs, CommandInput } from './command.ts'
import type { CommandContext } from './context.ts'
import { commaSeparated } from './mcp-server-options.ts'
import { outputOption, projectOption, waitOption } from './options.ts'

export const serverArgument = {
  takes: 'one',
  completes: 'mcpservers',
  description: 'Name of the MCPServer',
} as const

export const accessOptions = {
  caller: {
    type: 'strings',
    value: 'APP-ID',
    completes: 'app-ids',
    required: true,
    description: 'Who calls; "*" stands for any characters; repeatable',
  },
  'allow-tools': {
    type: 'strings',
    value: 'NAMES',
    description: 'Tools, separated by commas; "*" stands for any characters; repeatable',
  },
  'allow-resources': {
    type: 'strings',
    value: 'URI',
    description: 'A resource; "*" stands for any characters; repeatable',
  },
  'allow-prompts': {
    type: 'strings',
    value: 'NAMES',
    description: 'Prompts, separated by commas; "*" stands for any characters; repeatable',
  },
  wait: waitOption,
  project: projectOption,
  output: outputOption,
} as const

export type AccessOptions = CommandInput<ArgumentSpecs, typeof accessOptions>['options']

/** Throws USAGE for a caller that can be no App ID. */
export function callersIn({ caller }: AccessOptions): string[] {
  for (const name of caller) {
    if (isLabel(name.replaceAll('*', 'a'))) continue
    throw new McpAuthError('USAGE', `"${name}" cannot be an App ID.`, {
      hint: `Use ${labelRule}; "*" stands for any characters.`,
    })
  }
  return [...new Set(caller)]
}

/** Empty when no option names anything. */
export function namesIn(options: AccessOptions): McpNames[] {
  const given: readonly McpNames[] = [
    { capability: 'tools', names: commaSeparated(options['allow-tools']) },
    // A URI may hold a comma, and what comes after it must not become a grant of its own.
    { capability: 'resources', names: options['allow-resources'].filter((uri) => uri !== '') },
    { capability: 'prompts', names: commaSeparated(options['allow-prompts']) },
  ]
  return given.filter(({ names }) => names.length > 0)
}

/** Granting to somebody who is not there may be a slip, or come too early. */
export function noticeUnknownCallers(
  context: CommandContext,
  { plane, project }: { readonly plane: ControlPlane; readonly project: string },
  callers: readonly string[],
): void {
  const known = plane.appIds.list(project).map(({ name }) => name)
  for (const caller of callers.filter((each) => !each.includes('*') && !known.includes(each))) {
    const closest = suggest(caller, known)
    context.notice(
      `${context.style.warning('warning:')} There is no App ID "${caller}" in project "${project}" yet.`,
    )
    if (closest !== undefined) context.notice(`hint: Did you mean "${closest}"?`)
  }
}

/** The names that a rule grants of one capability, as a table shows them. */
export function namesText(rule: McpAccessRule, capability: McpCapability): string {
  return namesOf(rule, capability).join(', ')
}

/** `(*)`: with some arguments only. */
export function namesOf({ grants }: McpAccessRule, capability: McpCapability): string[] {
  return grants
    .filter((grant) => grant.capability === capability)
    .flatMap((grant) =>
      grant.arguments === undefined ? grant.names : grant.names.map((name) => `${name} (*)`),
    )
}
