// MCP servers: the transport they are reached by, its credentials, and what people should know of them.
import { isAbsolute, normalize } from 'node:path/posix'

import type { Json, JsonObject } from '../../core/json.ts'
import { headerValueProblem, tokenHeaderProblem } from '../../core/header-rules.ts'
import type { Reference } from '../../core/resource.ts'
import { durationProblem } from '../../core/setting-values.ts'
import { judgeUrl } from '../../core/trusted-url.ts'
import { at, listAt, objectAt, textAt } from '../access.ts'
import { isCredentialHeader, isCredentialName } from '../credentials.ts'
import { sentence, type Report } from '../finding.ts'
import { checkOrigin, envelopeReferences, secretReference } from '../name-values.ts'
import { quote } from '../problem.ts'
import { checkHeaders } from './http-endpoint.ts'
import type { Kind } from './kind.ts'

const endpoint = '/spec/endpoint'
const httpTransports = ['streamableHTTP', 'sse'] as const
const transports = [...httpTransports, 'stdio'] as const

export const mcpServer: Kind = {
  kind: 'MCPServer',
  apiVersions: ['dapr.io/v1alpha1'],
  schema: 'MCPServer',
  // Dapr makes workflow names of it that it splits at their dots; here it is an App ID as well.
  naming: 'label',

  /** `get` shows whether it is enabled, which is no part of the manifest. */
  normalize(value) {
    const { status: _, ...rest } = value
    return rest
  },

  check(manifest, report) {
    checkTransports(manifest, report)
    for (const name of httpTransports) {
      const transport = objectAt(manifest, 'spec', 'endpoint', name)
      if (transport !== undefined) checkHttp(transport, `${endpoint}/${name}`, report)
    }
    const stdio = objectAt(manifest, 'spec', 'endpoint', 'stdio')
    if (stdio !== undefined) checkStdio(stdio, report)
    if (Object.keys(objectAt(manifest, 'spec', 'middleware') ?? {}).length > 0) {
      reportMiddleware(report)
    }
  },

  references(manifest) {
    const name = textAt(manifest, 'metadata', 'name')
    return [
      ...(name === undefined
        ? []
        : [{ pointer: '/metadata/name', to: 'app-id', name } satisfies Reference]),
      ...envelopeReferences(manifest),
      ...httpTransports.flatMap((transport) => httpReferences(manifest, transport)),
      ...listAt(manifest, 'spec', 'endpoint', 'stdio', 'env').flatMap((item, index) =>
        secretReference(item, `${endpoint}/stdio/env/${index}`, undefined),
      ),
    ]
  },

  sensitive: (manifest) => [
    ...httpTransports.flatMap((transport) =>
      literalSecrets(
        listAt(manifest, 'spec', 'endpoint', transport, 'headers'),
        `${endpoint}/${transport}/headers`,
        isCredentialHeader,
      ),
    ),
    ...literalSecrets(
      listAt(manifest, 'spec', 'endpoint', 'stdio', 'env'),
      `${endpoint}/stdio/env`,
      (name) => isCredentialName(name) || isCredentialHeader(name),
    ),
  ],
}

/** Dapr's own rule: `exactly one of streamableHTTP, sse, or stdio must be set`. */
function checkTransports(manifest: JsonObject, report: Report): void {
  const given = objectAt(manifest, 'spec', 'endpoint')
  if (given === undefined) return
  const present = transports.filter((name) => Object.hasOwn(given, name))
  const second = present[1]
  if (second !== undefined) {
    report({
      rule: 'several-values',
      pointer: `${endpoint}/${second}`,
      at: 'key',
      message: `spec.endpoint has both ${present.join(' and ')}.`,
      hint: 'Keep one of them.',
    })
  }
  if (present.length > 0 || Object.keys(given).length > 0) return
  report({
    rule: 'missing-field',
    pointer: endpoint,
    at: 'key',
    message: 'spec.endpoint has no transport.',
    hint: 'Add streamableHTTP, sse or stdio.',
  })
}

function checkHttp(transport: JsonObject, pointer: string, report: Report): void {
  const store = textAt(transport, 'auth', 'secretStore')
  checkEndpointUrl(textAt(transport, 'url'), `${pointer}/url`, report)
  checkTimeout(textAt(transport, 'timeout'), `${pointer}/timeout`, report)
  checkHeaders(listAt(transport, 'headers'), { pointer: `${pointer}/headers`, store, report })
  const oauth2 = objectAt(transport, 'auth', 'oauth2')
  if (oauth2 !== undefined)
    checkOAuth2(oauth2, { pointer: `${pointer}/auth/oauth2`, store }, report)
  const spiffe = objectAt(transport, 'auth', 'spiffe')
  if (spiffe === undefined) return
  if (oauth2 !== undefined) reportSecondIdentity(`${pointer}/auth/spiffe`, report)
  checkSvid(spiffe, `${pointer}/auth/spiffe`, report)
}

/** Plain http to another machine is a warning, as for every service; a query is part of the endpoint. */
function checkEndpointUrl(text: string | undefined, pointer: string, report: Report): void {
  if (text === undefined || text === '') return
  const verdict = judgeUrl(text)
  if (verdict.ok) return
  const said = sentence('url', verdict)
  if (verdict.reason === 'invalid') report({ rule: 'value', pointer, ...said })
  else report({ severity: 'warning', rule: 'insecure-url', pointer, ...said })
}

/** Go reads no number without a unit but 0. */
function checkTimeout(text: string | undefined, pointer: string, report: Report): void {
  if (text === undefined) return
  const problem = durationProblem(/^\d+$/.test(text) && text !== '0' ? '' : text, {})
  if (problem !== undefined) report({ rule: 'value', pointer, ...sentence('timeout', problem) })
}

function checkOAuth2(
  oauth2: JsonObject,
  { pointer, store }: { readonly pointer: string; readonly store: string | undefined },
  report: Report,
): void {
  const issuer = textAt(oauth2, 'issuer')
  const verdict = issuer === undefined || issuer === '' ? undefined : judgeUrl(issuer)
  if (verdict?.ok === false) {
    report({ rule: 'value', pointer: `${pointer}/issuer`, ...sentence('issuer', verdict) })
  }
  const secretKeyRef = at(oauth2, 'secretKeyRef')
  if (secretKeyRef !== undefined) checkOrigin({ secretKeyRef }, { pointer, store }, report)
}

/** What `apply` cannot see, the running sidecar says: the trust domain is that of each caller's Configuration. */
function checkSvid(spiffe: JsonObject, pointer: string, report: Report): void {
  const jwt = objectAt(spiffe, 'jwt')
  if (jwt === undefined) {
    const message = 'spiffe has no jwt.'
    report({ rule: 'missing-field', pointer, at: 'key', message, hint: 'Add jwt.' })
    return
  }
  const header = textAt(jwt, 'header') ?? ''
  const wrongName = header === '' ? undefined : tokenHeaderProblem(header)
  if (wrongName !== undefined) {
    report({
      rule: 'header-name',
      pointer: `${pointer}/jwt/header`,
      ...sentence('header', wrongName),
    })
  }
  // The token follows, so that white space at its end is no white space at an end.
  const wrongPrefix = headerValueProblem(`${textAt(jwt, 'headerValuePrefix') ?? ''}.`)
  if (wrongPrefix === undefined) return
  report({
    rule: 'header-value',
    pointer: `${pointer}/jwt/headerValuePrefix`,
    ...sentence('headerValuePrefix', wrongPrefix),
  })
}

/** As in Dapr, where one of the two goes along. */
function reportSecondIdentity(pointer: string, report: Report): void {
  report({
    severity: 'warning',
    rule: 'not-run',
    pointer,
    at: 'key',
    message: 'spiffe is not sent: the token of auth.oauth2 goes before it, as in Dapr.',
    hint: 'Remove one of the two.',
  })
}

function checkStdio(stdio: JsonObject, report: Report): void {
  const command = textAt(stdio, 'command') ?? ''
  if (!isAbsolute(command) && /^\.\.(?:\/|$)/.test(normalize(command.replaceAll('\\', '/')))) {
    report({
      rule: 'value',
      pointer: `${endpoint}/stdio/command`,
      message: 'command leaves the working folder.',
      hint: 'Write an absolute path, or one below the working folder.',
    })
  }
  checkTimeout(textAt(stdio, 'timeout'), `${endpoint}/stdio/timeout`, report)
  const seen = new Set<string>()
  for (const [index, item] of listAt(stdio, 'env').entries()) {
    checkVariable(item, `${endpoint}/stdio/env/${index}`, { seen, report })
  }
}

function checkVariable(
  item: Json,
  pointer: string,
  { seen, report }: { readonly seen: Set<string>; readonly report: Report },
): void {
  checkOrigin(item, { pointer, store: undefined }, report)
  const name = textAt(item, 'name') ?? ''
  if (/[=\r\n\0]/.test(name)) {
    const message = `${quote(name)} is no name of an environment variable.`
    const hint = 'Write it without "=" and line breaks.'
    report({ rule: 'value', pointer: `${pointer}/name`, message, hint })
  }
  if (seen.has(name)) {
    const message = `The variable ${quote(name)} is there twice.`
    const hint = 'Remove one of the two.'
    report({ rule: 'duplicate-setting', pointer: `${pointer}/name`, message, hint })
  }
  seen.add(name)
}

/** What guards a call must not be left out in silence: the server is not used at all. */
function reportMiddleware(report: Report): void {
  report({
    severity: 'warning',
    rule: 'not-run',
    pointer: '/spec/middleware',
    at: 'key',
    message: 'middleware is not run by this version: every call to this MCP server is refused.',
    hint: 'Remove middleware, or keep it until it is supported.',
  })
}

function httpReferences(
  manifest: JsonObject,
  transport: (typeof httpTransports)[number],
): Reference[] {
  const given = objectAt(manifest, 'spec', 'endpoint', transport)
  const pointer = `${endpoint}/${transport}`
  const store = textAt(given, 'auth', 'secretStore')
  return [
    ...(store === undefined
      ? []
      : [
          {
            pointer: `${pointer}/auth/secretStore`,
            to: 'secret-store',
            name: store,
          } satisfies Reference,
        ]),
    ...listAt(given, 'headers').flatMap((header, index) =>
      secretReference(header, `${pointer}/headers/${index}`, store),
    ),
    ...secretReference(at(given, 'auth', 'oauth2'), `${pointer}/auth/oauth2`, store),
  ]
}

function literalSecrets(
  items: readonly Json[],
  pointer: string,
  isCredential: (name: string) => boolean,
): string[] {
  return items.flatMap((item, index) =>
    isCredential(textAt(item, 'name') ?? '') && textAt(item, 'value') !== undefined
      ? [`${pointer}/${index}/value`]
      : [],
  )
}
