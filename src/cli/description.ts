// A described resource as text for people and as JSON.
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { resourceId, type Reference } from '../core/resource.ts'
import type { Description, ResolvedReference } from '../control-plane/describe.ts'
import type { Mention } from '../control-plane/mentions.ts'
import type { Session } from '../control-plane/sessions.ts'
import { callableJson, callableLine, callerJson, callerText } from './mcp-reach.ts'
import type { Style } from './output/style.ts'
import { fields, singleLine } from './output/table.ts'

/** `yaml` is the manifest. Ends with a line break. */
export function descriptionText(
  { resource, references, mentions, referrers, session, callers, callable }: Description,
  {
    project,
    yaml,
    style,
  }: { readonly project: string; readonly yaml: string; readonly style: Style },
): string {
  const isAppId = resource.kind === 'AppIdentity'
  const head = fields([
    ['Name', resource.name],
    ['Kind', `${resource.kind} (${resource.apiVersion})`],
    ['Project', project],
    ['Sidecar', isAppId ? sidecarText(session) : undefined],
    ['Created', resource.createdAt],
    ['Updated', resource.updatedAt],
    ['From', resource.place],
  ])
  return [
    head,
    section('Refers to', [
      ...references.flatMap((one) => referenceLines(one, style)),
      ...mentions.flatMap((one) => mentionLines(one, { project, style })),
    ]),
    section(
      'Referred to by',
      referrers.map((key) => resourceId(key)),
    ),
    ...(callers === undefined
      ? []
      : [
          section(
            'May be called by',
            callers.flatMap((one) =>
              existenceLines(callerText(one), one.exists, { project, style }),
            ),
          ),
        ]),
    ...(callable === undefined
      ? []
      : [
          section(
            'May call',
            callable.map((one) => callableLine(one, style)),
          ),
        ]),
    section('Manifest', yaml.trimEnd().split('\n').map(singleLine)),
  ].join('\n')
}

/** The manifest; what is found out about it stands in `status`. */
export function descriptionJson({
  resource,
  references,
  mentions,
  referrers,
  session,
  callers,
  callable,
}: Description): JsonObject {
  const { createdAt, updatedAt, place, manifest } = resource
  const metadata = isJsonObject(manifest['metadata']) ? manifest['metadata'] : {}
  return {
    ...manifest,
    metadata: { ...metadata, createdAt, updatedAt },
    status: {
      place,
      references: references.map(referenceJson),
      mentions: mentions.map((mention) => ({ ...mention })),
      referrers: referrers.map(({ kind, name }) => ({ kind, name })),
      ...(session === undefined ? {} : { sidecar: sidecarJson(session) }),
      ...(callers === undefined ? {} : { callers: callers.map(callerJson) }),
      ...(callable === undefined ? {} : { mcpServers: callable.map(callableJson) }),
    },
  }
}

function section(heading: string, lines: readonly string[]): string {
  const shown = lines.length === 0 ? ['nothing'] : lines
  return `${heading}:\n${shown.map((line) => `  ${line}`.trimEnd()).join('\n')}\n`
}

function referenceLines({ reference, problems }: ResolvedReference, style: Style): string[] {
  const what = singleLine(targetText(reference))
  if (problems.length === 0) return [`${style.good('ok')}       ${what}`]
  return problems.flatMap(({ severity, message, hint }) => [
    severity === 'error'
      ? `${style.error('error')}    ${what}`
      : `${style.warning('warning')}  ${what}`,
    `         ${singleLine(message)}`,
    ...(hint === undefined ? [] : [`         ${style.dim('hint:')} ${singleLine(hint)}`]),
  ])
}

function mentionLines(
  { kind, name, section: place, exists }: Mention,
  { project, style }: { readonly project: string; readonly style: Style },
): string[] {
  const what = singleLine(`${resourceId({ kind, name })}, in ${place}`)
  return existenceLines(what, exists, { project, style })
}

function existenceLines(
  what: string,
  exists: boolean,
  { project, style }: { readonly project: string; readonly style: Style },
): string[] {
  if (exists) return [`${style.good('ok')}       ${what}`]
  return [
    `${style.dim('absent')}   ${what}`,
    `         It is not in project "${project}", and need not be.`,
  ]
}

function targetText(reference: Reference): string {
  if (reference.to === 'secret') {
    const { name, key, store } = reference
    return `secret/${name}/${key} of ${store === undefined ? 'the built-in store' : `component/${store}`}`
  }
  if (reference.to === 'handler') {
    return `component/${reference.name}, ${reference.type} in ${reference.pipeline}`
  }
  const targets = {
    configuration: `configuration/${reference.name}`,
    'app-id': `appidentity/${reference.name}${reference.pointer === '/metadata/name' ? ', its own' : ', in scopes'}`,
    'mcp-server': `mcpserver/${reference.name}`,
    'secret-store': `component/${reference.name}, the secret store`,
  }
  return targets[reference.to]
}

function referenceJson({ reference, problems }: ResolvedReference): Json {
  const { store, ...rest } = { store: undefined, ...reference }
  return {
    ...rest,
    ...(store === undefined ? {} : { store }),
    resolves: problems.length === 0,
    problems: problems.map(({ severity, rule, message, hint }) => ({
      severity,
      rule,
      message,
      ...(hint === undefined ? {} : { hint }),
    })),
  }
}

function sidecarText(session: Session | undefined): string {
  if (session === undefined) return 'none is running'
  const { httpPort, ingressPort, pid, startedAt } = session
  const ingress = ingressPort === undefined ? '' : `, ingress on port ${ingressPort}`
  return `running on http://127.0.0.1:${httpPort}${ingress} (pid ${pid}) since ${startedAt}`
}

function sidecarJson({ pid, httpPort, ingressPort, startedAt }: Session): JsonObject {
  return { pid, httpPort, ...(ingressPort === undefined ? {} : { ingressPort }), startedAt }
}
