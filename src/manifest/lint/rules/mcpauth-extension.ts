// A setting that this tool adds to a component type of Dapr's, or a type of its own.
import { tlsDocuments } from '../../../core/client-tls.ts'
import { componentType } from '../../../core/component.ts'
import { valueAt } from '../../../core/pointer.ts'
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'
import { bearer, browserLogin, clientCredentials, settingsOf } from '../settings.ts'

export const mcpauthExtension: LintRule = {
  id: 'mcpauth-extension',
  severity: 'warning',
  summary: 'A setting or a component type that only mcpauth knows',
  why:
    'Dapr ignores settings that its component type does not have, without a word, and Catalyst runs the same components. ' +
    'What the setting is there for does not happen: a token without the audience, a check that is not made. With a component ' +
    'type that it does not have, daprd does not start.',
  targets: ['dapr', 'catalyst'],
  check(set, report) {
    const where = set.target === 'dapr' ? 'Dapr' : 'Catalyst'
    for (const on of set.linted('HTTPEndpoint')) {
      for (const name of tlsDocuments) {
        const pointer = `/spec/clientTLS/${name}/envRef`
        if (valueAt(on.resource.manifest, pointer) === undefined) continue
        report(on, {
          pointer,
          at: 'key',
          message: `${where} ignores envRef in clientTLS.${name} of HTTPEndpoint ${quote(on.resource.name)}.`,
          hint: 'Use a secretKeyRef.',
        })
      }
    }
    for (const on of set.linted('Component')) {
      const { manifest, name } = on.resource
      if (set.target === 'dapr' && ownTypes.has(componentType(manifest))) {
        report(on, {
          pointer: '/spec/type',
          message: `Dapr has no component type ${quote(componentType(manifest))}, and daprd does not start with it.`,
          hint: 'Leave the Component and its handler out, or do its work in the app.',
        })
      }
      const extensions = extensionsOf[componentType(manifest)]
      for (const setting of settingsOf(manifest)) {
        const hint = extensions?.get(setting.name)
        if (hint === undefined) continue
        report(on, {
          pointer: `${setting.pointer}/name`,
          message: `${where} ignores the setting ${quote(setting.name)} of Component ${quote(name)}.`,
          hint,
        })
      }
    }
  },
}

/** Component types that Dapr does not have; Catalyst’s are those of the rule catalyst-type. */
export const ownTypes: ReadonlySet<string> = new Set([
  'middleware.http.cors',
  'middleware.http.headers',
])

const noOther = 'Remove it, or do without what it is for.'
const withType = 'Use middleware.http.oauth2clientcredentials'
const withSecret = 'Remove it: clients have a clientSecret there.'
const noExchange = 'Remove it: the client gets a token of its own there.'

/** Component type → setting → what to do about it; test/manifest/lint/extensions.test.ts compares it with Dapr's. */
export const extensionsOf: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  [bearer]: new Map([
    ['scopes', 'Remove it: clients are not told what to ask for there.'],
    ['requiredScopes', 'Check scopes in the app: tokens of every scope get through there.'],
    ['scopeHierarchy', 'Remove it: scopes are not checked there.'],
    ['toolScopes', 'Check scopes in the app: tokens of every scope get through there.'],
    ['issuers', 'Remove it: only tokens of issuer get through there.'],
    ['audiences', 'Remove it: only tokens for audience get through there.'],
    ['requiredClaims', 'Check claims in the app: tokens with any claims get through there.'],
    ['claimHeaders', 'Read the token in the app: a caller may send these headers itself there.'],
    ['introspectionURL', 'Have JWTs issued: other tokens are refused there.'],
    ['introspectionClientID', 'Remove it: tokens are not introspected there.'],
    ['introspectionClientSecret', 'Remove it: tokens are not introspected there.'],
    ['introspectionCache', 'Remove it: tokens are not introspected there.'],
    ['dpop', 'Remove it: tokens that are bound to a key get through without a proof there.'],
    ['dpopNonce', 'Remove it: proofs are not checked there.'],
    ['clockSkew', 'Remove it: the clock skew is 5 minutes there.'],
    ['requireTyp', noOther],
    ['forwardToken', 'Remove it: the token goes on to the app there.'],
    ['maxLifetime', noOther],
  ]),
  [browserLogin]: new Map([
    ['grantType', withType + ' for the client credentials grant.'],
    ['issuer', noOther],
    ['subject', noOther],
    ['clientMetadataURL', noOther],
    ['audience', withType + ' with endpointParamsQuery: "audience=…".'],
    ['resource', withType + ' with endpointParamsQuery: "resource=…".'],
    ['endpointParamsQuery', withType + ', which has it.'],
    ['authStyle', withType + ', which has it.'],
    ...['clientAuthMethod', 'clientKey', 'clientKeyID', 'clientAssertionAudience'].map(
      (name) => [name, withSecret] as const,
    ),
    ...['clientCertificate', 'clientCertificateKey'].map((name) => [name, withSecret] as const),
    ...['subjectToken', 'subjectTokenFile', 'subjectTokenType'].map(
      (name) => [name, noExchange] as const,
    ),
    ...['dpop', 'dpopKey'].map(
      (name) => [name, 'Remove it: tokens are not bound to a key there.'] as const,
    ),
    ...[
      'assertion',
      'assertionFile',
      'assertionKey',
      'assertionKeyID',
      'assertionIssuer',
      'assertionSubject',
      'assertionAudience',
    ].map((name) => [name, noExchange] as const),
    ...['idpTokenURL', 'idpClientID', 'idpClientSecret'].map((name) => [name, noExchange] as const),
    ...['actorToken', 'actorTokenFile', 'actorTokenType', 'requestedTokenType'].map(
      (name) => [name, noExchange] as const,
    ),
    ['defaultExpiresIn', noOther],
  ]),
  [clientCredentials]: new Map([
    ['audience', 'Write endpointParamsQuery: "audience=…" instead.'],
    ['resource', 'Write endpointParamsQuery: "resource=…" instead.'],
    ['defaultExpiresIn', noOther],
  ]),
  'middleware.http.opa': new Map([
    ['policyFile', 'Write the policy as text in rego: without it the policy is empty there.'],
    [
      'readMCP',
      'Read the message out of input.request.body, with readBody: there is no input.mcp there.',
    ],
  ]),
}
