// Prose of the error codes of access tokens: checking them and acquiring them.
import type { ErrorCode } from '../../../core/errors.ts'
import type { Prose } from '../explanation.ts'

export const tokenProse = {
  TOKEN_MISSING: {
    why: '`middleware.http.bearer` guards the application, and the request has no `Authorization: Bearer` header.',
    remedies: [
      'Call through a sidecar whose pipeline has `middleware.http.oauth2`: it attaches a token.',
      'To try it by hand: `curl -H "Authorization: Bearer $(mcpauth dev token --aud AUDIENCE)" URL`.',
    ],
  },
  METADATA_NOT_FOUND: {
    why:
      'Before an app with `middleware.http.bearer`, requests for metadata below `/.well-known/` need no token. Published is ' +
      'the metadata of the protected resource, at `/.well-known/oauth-protected-resource` and there with the path of the ' +
      'MCP endpoint behind it; that of an authorization server is not, because the app is none. Without an issuer that is ' +
      'a URL, and for a call whose URL names no App ID, there is nothing to publish.',
    remedies: [
      'Ask the issuer in `authorization_servers` of the resource for its own metadata.',
      'For metadata that the app itself serves below `/.well-known/`, send an access token.',
    ],
  },
  TOKEN_INVALID: {
    why:
      'The token is expired, not yet valid, of another issuer, for another audience, signed with an unknown key, or no ' +
      'JWT. The caller is told no more than this (RFC 6750 §3.1); the reason stands in the access log of the sidecar.',
    remedies: [
      'Find the reason in the log of the server’s `mcpauth dev run`.',
      'Compare `iss` and `aud` of the token with `issuer` and `audience` of the Component: `iss` is compared exactly.',
      'Check the clocks of both machines when it says that a fresh token is expired.',
    ],
  },
  TOKEN_REQUEST_INVALID: {
    why:
      'The request presents a token more than once, for example in two `Authorization` headers. Two readers could ' +
      'read two tokens (RFC 6750 §3.1).',
    remedies: ['Send exactly one `Authorization` header, and no token anywhere else.'],
  },
  SCOPE_INSUFFICIENT: {
    why:
      'The token is valid and grants less than `requiredScopes` of the bearer Component asks for. The challenge names all ' +
      'scopes that are needed (RFC 6750 §3.1); which of them are missing stands in the access log of the sidecar.',
    remedies: [
      'Get a token with those scopes: MCP clients ask for them by themselves after this answer.',
      'When another scope of the token includes them, say so in `scopeHierarchy`.',
    ],
  },
  DPOP_PROOF_INVALID: {
    why:
      'The access token is bound to a key (RFC 9449), and the `DPoP` header has no good proof of it for this request: it is ' +
      'missing, older than a minute beside the clock skew, used before, or about another method, URL or token. With ' +
      '`dpopNonce` it also needs the nonce of the last `DPoP-Nonce` header. Which it is stands in the access log.',
    remedies: [
      'Make a new proof for every request, for exactly the URL that is called; see `mcpauth dev run --public-url`.',
      'For `nonce`, send the request again with the nonce of this answer.',
      'For `url` of a call with the header `dapr-app-id`, call by an invoke URL instead.',
    ],
  },
  KEYS_UNAVAILABLE: {
    why:
      'No signing keys of the issuer could be loaded yet, so that no token can be checked. That is not the caller’s ' +
      'fault: the answer is 503 with `Retry-After`, and loading is tried again.',
    remedies: [
      'Check that the authorization server runs and that `jwksURL`, or `issuer` when that is absent, can be reached.',
      'Look at the log of the server’s `mcpauth dev run` for the reason.',
    ],
  },
  INTROSPECTION_UNAVAILABLE: {
    why:
      'The access token is no JWT, so `introspectionURL` has to be asked about it, and that cannot be reached, refuses the ' +
      'client, or has too many questions to answer. Nobody can tell whether the token is good: the answer is 503 with ' +
      '`Retry-After`.',
    remedies: [
      'Look at the log of the server’s `mcpauth dev run` for the reason.',
      'For 401 or 403, check `introspectionClientID`, `introspectionClientSecret` and whether this client may introspect.',
    ],
  },
  LOGIN_REQUIRED: {
    why:
      'The Component has the grant `authorization_code`: its token is that of a user. Nobody has logged in yet, or the ' +
      'authorization server no longer renews what it gave. No request goes on without its token.',
    remedies: [
      'Run `mcpauth login COMPONENT`; a sidecar that runs takes the login over at once.',
      'See with `mcpauth token list` what is there and until when.',
    ],
  },
  LOGIN_FAILED: {
    why:
      'The authorization server refused the login, its answer was not for this login, or nobody finished it within ten ' +
      'minutes. An answer with a wrong `state` or `iss` is thrown away unread: it may be an attack (RFC 9700 §4.4, RFC 9207).',
    remedies: [
      'Run `mcpauth login COMPONENT` again and finish it in the browser that it opened.',
      'Register `http://127.0.0.1/callback`, or the `redirectURL` of the Component, with the client.',
    ],
  },
  SUBJECT_TOKEN_MISSING: {
    why:
      'The Component exchanges the token of its caller (`grantType: token_exchange` without `subjectToken`), and the request has no ' +
      '`Authorization: Bearer` header. No request goes on with a token of nobody.',
    remedies: [
      'Send the access token of the user or app on whose behalf the call is made.',
      'Behind `middleware.http.bearer`, set its `forwardToken` to `true`: it takes the token off otherwise.',
      'To exchange one and the same token for all callers, give `subjectToken` or `subjectTokenFile`.',
    ],
  },
  SUBJECT_TOKEN_REFUSED: {
    why:
      "The caller's access token has ended, or the authorization server refused to exchange it, with `invalid_request` (RFC 8693 " +
      '§2.2.2) or `invalid_grant`. It is never passed on in place of the one that could not be had.',
    remedies: [
      'Call with a fresh token of an issuer that the authorization server trusts.',
      'Compare `subjectTokenType` with what callers send, and check that this client may exchange.',
    ],
  },
  TOKEN_ENDPOINT_REFUSED: {
    why:
      'The token endpoint answered and said no: wrong client id or secret, a scope or grant that the client may not ' +
      'have, or a URL that is no token endpoint. It is asked again only after a while.',
    remedies: [
      'Read the OAuth error in the message: `invalid_client` is the id, or its secret or key, `invalid_scope` is `scopes`.',
      'Store the secret anew with `mcpauth secret set`, or correct the Component and apply it.',
    ],
  },
  TOKEN_ENDPOINT_UNAVAILABLE: {
    why:
      'The token endpoint cannot be reached, answers with a server error, or with something that is no token response. ' +
      'No request goes on without its token.',
    remedies: [
      'Check that the authorization server runs, and `tokenURL` of the Component.',
      'Wait: it is tried again by itself.',
    ],
  },
  TOKEN_ENDPOINT_TIMEOUT: {
    why: 'The token endpoint took the connection but did not answer in time, or the connection was not made in time.',
    remedies: [
      'Check the load of the authorization server and the network on the way.',
      'Wait: it is tried again by itself.',
    ],
  },
} as const satisfies Partial<Record<ErrorCode, Prose>>
