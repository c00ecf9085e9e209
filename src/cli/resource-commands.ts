// `get`, `list` and `delete` for any kind of resource that manifests describe.
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import type { ResourceView } from '../control-plane/resources.ts'
import { type Command, type Completes, defineCommand } from './command.ts'
import { confirm } from './confirm.ts'
import { whereOf } from './mcp-server-rows.ts'
import { confirmOptions, forceOption, outputOption, projectOption } from './options.ts'
import { deleted, list, one } from './output/documents.ts'

export interface ResourceNoun {
  readonly kind: 'Component' | 'Configuration' | 'HTTPEndpoint' | 'Resiliency'
  /** The word on the command line. */
  readonly word: string
  readonly completes: Completes
  /** The column between name and time: its heading, and what stands in it. */
  readonly column: readonly [heading: string, cell: (spec: JsonObject) => string]
}

export const componentNoun: ResourceNoun = {
  kind: 'Component',
  word: 'component',
  completes: 'components',
  column: ['TYPE', (spec) => textOf(spec['type'])],
}

export const configurationNoun: ResourceNoun = {
  kind: 'Configuration',
  word: 'configuration',
  completes: 'configurations',
  column: ['HANDLERS', handlerNames],
}

export const httpEndpointNoun: ResourceNoun = {
  kind: 'HTTPEndpoint',
  word: 'httpendpoint',
  completes: 'httpendpoints',
  column: ['BASE URL', (spec) => textOf(spec['baseUrl'])],
}

export const resiliencyNoun: ResourceNoun = {
  kind: 'Resiliency',
  word: 'resiliency',
  completes: 'resiliencies',
  column: ['TARGETS', targetNames],
}

/** What matters of a resource beside its name; empty for kinds without a noun. */
export function whatMatters(resource: ResourceView): string {
  if (resource.kind === 'MCPServer') return whereOf(resource.manifest)
  const nouns = [componentNoun, configurationNoun, httpEndpointNoun, resiliencyNoun]
  const [, cell] = nouns.find(({ kind }) => kind === resource.kind)?.column ?? []
  return cell?.(specOf(resource)) ?? ''
}

export function getCommand(noun: ResourceNoun): Command {
  const { kind, word, column, completes } = noun
  return defineCommand({
    description:
      'The table is a summary; -o yaml and -o json print the manifest, with secrets as ***.',
    args: { name: { takes: 'one', completes, description: `Name of the ${kind}` } },
    options: { project: projectOption, output: outputOption },
    examples: [`mcpauth ${word} get NAME -o yaml`],
    async run(context, { args, options }) {
      const plane = await context.controlPlane()
      const project = plane.resolveProject(options.project).name
      const resource = plane.resources.get(project, kind, args.name)
      const [heading, cell] = column
      return one(resource, [
        ['Name', resource.name],
        ['Project', project],
        [heading.charAt(0) + heading.slice(1).toLowerCase(), cell(specOf(resource))],
        ['Scopes', namesIn(resource.manifest['scopes']) || 'every App ID of the project'],
        ['Created', resource.createdAt],
        ['Updated', resource.updatedAt],
        ['From', resource.place],
      ])
    },
  })
}

export function listCommand(noun: ResourceNoun): Command {
  const { kind, word, column } = noun
  return defineCommand({
    description:
      'Of one project, by name. With -o yaml or -o json the manifests, with secrets as ***.',
    args: {},
    options: { project: projectOption, output: outputOption },
    examples: [`mcpauth ${word} list -o json`],
    async run(context, { options }) {
      const plane = await context.controlPlane()
      const project = plane.resolveProject(options.project).name
      const resources = plane.resources.list(project, kind)
      const [heading, cell] = column
      return list(resources, {
        heading: ['NAME', heading, 'UPDATED'],
        rows: resources.map((resource) => [
          resource.name,
          cell(specOf(resource)),
          resource.updatedAt,
        ]),
      })
    },
  })
}

export function deleteCommand({ kind, word, completes }: ResourceNoun): Command {
  return defineCommand({
    description: `Asks first. A ${kind} that something else refers to is kept unless forced.`,
    args: { name: { takes: 'one', completes, description: `Name of the ${kind}` } },
    options: {
      force: forceOption,
      ...confirmOptions,
      project: projectOption,
      output: outputOption,
    },
    examples: [`mcpauth ${word} delete NAME --yes`],
    async run(context, { args, options }) {
      const plane = await context.controlPlane()
      const project = plane.resolveProject(options.project).name
      const resource = plane.resources.get(project, kind, args.name)
      await confirm(
        context,
        `Delete ${kind} "${args.name}" of project "${project}"?`,
        options.yes || options.approve || options.force,
      )
      plane.resources.delete(project, kind, args.name, { force: options.force })
      return deleted(resource)
    },
  })
}

function specOf({ manifest }: ResourceView): JsonObject {
  const spec = manifest['spec']
  return isJsonObject(spec) ? spec : {}
}

function handlerNames(spec: JsonObject): string {
  return ['httpPipeline', 'appHttpPipeline']
    .map((pipeline) => spec[pipeline])
    .flatMap((pipeline) => (isJsonObject(pipeline) ? listOf(pipeline['handlers']) : []))
    .map((handler) => (isJsonObject(handler) ? textOf(handler['name']) : ''))
    .join(', ')
}

function targetNames(spec: JsonObject): string {
  const apps = isJsonObject(spec['targets']) ? spec['targets']['apps'] : undefined
  return Object.keys(isJsonObject(apps) ? apps : {}).join(', ')
}

function namesIn(value: Json | undefined): string {
  return listOf(value).map(textOf).join(', ')
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
