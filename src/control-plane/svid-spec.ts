// The JWT-SVID that an MCPServer asks for: which header, for whom, and for which SPIFFE ID.
import { headerValueProblem, tokenHeaderProblem } from '../core/header-rules.ts'
import { textAt, valueAt } from '../core/pointer.ts'
import type { McpSvidSpec, SnapshotProblem } from '../core/snapshot.ts'
import { defaultTrustDomain, isTrustDomain, spiffeId } from '../core/spiffe-id.ts'
import { svidPrefix } from '../core/svid-header.ts'
import { placeAt } from './places.ts'
import type { KnownResource } from './resource-table.ts'
import { svidSigner } from './svid-keys.ts'
import type { World } from './world.ts'

/** The SPIFFE ID of the App ID whose sidecar calls, or why it has none. */
export type Caller = () => { readonly id: string } | { readonly problem: SnapshotProblem }

interface App {
  readonly appId: string
  /** Name of the attached Configuration. */
  readonly configuration: string | undefined
}

/** As in Dapr, the trust domain is that of the App ID's own Configuration (pkg/config, AccessControlSpec). */
export function spiffeIdOf(world: World, { appId, configuration: name }: App): ReturnType<Caller> {
  const configuration = name === undefined ? undefined : world.find('Configuration', name)
  if (name !== undefined && configuration === undefined) {
    const message = `The trust domain of "${appId}" is not known: its Configuration "${name}" does not exist.`
    return { problem: { message, hint: 'Apply it, or attach another one.' } }
  }
  const pointer = '/spec/accessControl/trustDomain'
  const written = configuration === undefined ? undefined : textAt(configuration.manifest, pointer)
  const trustDomain = written === undefined || written === '' ? defaultTrustDomain : written
  if (isTrustDomain(trustDomain)) {
    return { id: spiffeId({ trustDomain, namespace: world.project.name, appId }) }
  }
  return {
    problem: {
      message: `The trustDomain of Configuration "${name}" cannot stand in a SPIFFE ID.`,
      hint: 'Use lower-case letters, digits, ".", "-" and "_".',
      ...(configuration === undefined ? {} : { place: placeAt(configuration, pointer) }),
    },
  }
}

/** What stands at `pointer` of the MCPServer, made ready; nothing where nothing stands. */
export function svidOf(
  { context, project }: World,
  server: KnownResource,
  { pointer, caller }: { readonly pointer: string; readonly caller: Caller },
): { readonly svid?: McpSvidSpec; readonly problem?: SnapshotProblem } {
  if (valueAt(server.manifest, pointer) === undefined) return {}
  const text = (field: string) => textAt(server.manifest, `${pointer}/jwt/${field}`)
  const header = text('header') ?? ''
  const audience = text('audience') ?? ''
  const prefix = svidPrefix(header, text('headerValuePrefix'))
  // `apply` refuses these now; the version before did not.
  const broken = tokenHeaderProblem(header) ?? headerValueProblem(`${prefix}.`)
  if (audience === '' || broken !== undefined) {
    return {
      problem: {
        message: `auth.spiffe of MCPServer "${server.name}" cannot be used as it is written.`,
        hint: 'Apply it again: apply says what is wrong.',
        place: placeAt(server, pointer),
      },
    }
  }
  const identity = caller()
  if ('problem' in identity) return identity
  const key = svidSigner(context, project)
  if ('problem' in key) return key
  return { svid: { header, prefix, audience, subject: identity.id, key } }
}
