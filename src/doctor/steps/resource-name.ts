// Is the `resource` of the metadata the URL that the client called (RFC 9728 §3.3)?
import { printable, quote } from '../../core/quote.ts'
import { error, warning, type Finding } from '../finding.ts'

const sdk = 'Clients on the official SDKs, VS Code and Gemini CLI'
const exact = 'VS Code and Gemini CLI, which compare letter by letter.'

export function resourceFaults(server: URL, resource: string | undefined): Finding[] {
  const named = resource === undefined ? null : URL.parse(resource)
  if (resource === undefined || named === null) {
    return [
      error('resource-metadata.no-resource', {
        message: resource === undefined ? 'resource is missing.' : 'resource is no absolute URL.',
        breaks: `${sdk}: metadata without it are about nobody.`,
        fix: `Write "resource": ${quote(server.href)}.`,
      }),
    ]
  }
  const fix = `Write "resource": "${server.href}"; behind a proxy, configure the public URL (--public-url).`
  const message = `resource is ${quote(resource)}, but clients call ${printable(server.href)}.`
  if (named.origin !== server.origin) {
    const isScheme = named.hostname === server.hostname && named.protocol !== server.protocol
    const id = isScheme ? 'resource-metadata.resource-scheme' : 'resource-metadata.resource-host'
    return [error(id, { message, breaks: `${sdk}: they refuse metadata of another origin.`, fix })]
  }
  return pathFaults(server, named, { message, fix })
}

function pathFaults(
  server: URL,
  named: URL,
  told: { readonly message: string; readonly fix: string },
): Finding[] {
  const below = server.pathname.replace(/\/$/, '')
  const path = named.pathname.replace(/\/$/, '')
  if (below !== path && !below.startsWith(`${path}/`)) {
    const breaks = `${sdk}: they refuse metadata of another path.`
    return [error('resource-metadata.resource-path', { ...told, breaks })]
  }
  if (below !== path) {
    return [warning('resource-metadata.resource-broad', { ...told, breaks: exact })]
  }
  if (named.href === server.href) return []
  return [warning('resource-metadata.resource-slash', { ...told, breaks: exact })]
}
