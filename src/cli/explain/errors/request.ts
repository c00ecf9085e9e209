// Prose of the error codes of a call through a sidecar, up to the upstream.
import type { ErrorCode } from '../../../core/errors.ts'
import type { Prose } from '../explanation.ts'

export const requestProse = {
  REQUEST_MALFORMED: {
    why:
      'The request can be read in more than one way or not at all: bad HTTP/1.1 framing, a repeated header that may ' +
      'stand once, a Host or path outside the grammar. Such requests are how smuggling starts, so none goes further.',
    remedies: [
      'Send the request with an ordinary HTTP client, and each header once.',
      'Percent-encode what is special in the path.',
    ],
  },
  REQUEST_TOO_LARGE: {
    why: 'The body is larger than the sidecar accepts, which is 4 MiB unless it was started with another limit.',
    remedies: [
      'Raise the limit: `mcpauth dev run --max-body-size 16Mi …`, or `maxBodySize` in a run file.',
    ],
  },
  HEADERS_TOO_LARGE: {
    why: 'The request has more than 100 headers, or they are longer than 16 KiB together, unless the sidecar was started with another limit.',
    remedies: [
      'Send fewer or shorter headers; large cookies are the usual reason.',
      'Raise the limit: `mcpauth dev run --read-buffer-size 64Ki …`.',
    ],
  },
  METHOD_NOT_ALLOWED: {
    why: 'The path of the sidecar’s own API does not serve this method; `CONNECT` and `TRACE` are served nowhere.',
    remedies: ['Use the method that the path is for.'],
  },
  EXPECTATION_FAILED: {
    why: 'The request has an `Expect` header other than `100-continue` (RFC 9110 §10.1.1).',
    remedies: ['Leave the `Expect` header out.'],
  },
  UPGRADE_REFUSED: {
    why: 'The request asks for a WebSocket. MCP over HTTP needs none, and tokens could not be renewed on one.',
    remedies: ['Use the Streamable HTTP transport of MCP.'],
  },
  ORIGIN_DENIED: {
    why:
      'A listener of a sidecar serves this machine only. A foreign `Host` or `Origin` header means that a web page tries ' +
      'to reach it through the browser (DNS rebinding, cross-site requests).',
    remedies: [
      'Call it as `localhost`, `127.0.0.1` or `[::1]`, with the port.',
      'Let a web application call from its server, not from the page.',
    ],
  },
  API_TOKEN_INVALID: {
    why: 'The request has a `dapr-api-token` header, and it is not the API token of the App ID.',
    remedies: [
      'Send the value of `DAPR_API_TOKEN`, which `mcpauth dev run` puts into the environment of its command.',
      'Leave the header out: on this machine it is not demanded.',
    ],
  },
  INVOKE_TARGET_MISSING: {
    why: 'The request reached the sidecar, but neither its path nor its headers say whom it is for.',
    remedies: [
      'Call `$DAPR_HTTP_ENDPOINT/v1.0/invoke/NAME/method/PATH`, NAME being an App ID or HTTPEndpoint.',
      'Or send the header `dapr-app-id: NAME` with the plain path.',
    ],
  },
  INVOKE_TARGET_UNKNOWN: {
    why:
      'The project has no App ID or HTTPEndpoint of that name, its scopes leave the caller out, or a URL stands where ' +
      'a name is needed.',
    remedies: [
      'Compare the name with `mcpauth httpendpoint list` and `mcpauth appid list`.',
      'Add the caller’s App ID to the `scopes` of the HTTPEndpoint.',
      'Declare an HTTPEndpoint for a URL, or allow its origin with `--allow-invoke-url`.',
    ],
  },
  INVOKE_TARGET_OFFLINE: {
    why: 'The App ID is known, but no sidecar of it runs, or it runs without an application behind it.',
    remedies: [
      'Start it: `mcpauth dev run --app-id NAME --app-port PORT -- COMMAND`.',
      'For an application that runs on its own: `mcpauth appid update NAME --app-endpoint URL`.',
    ],
  },
  APP_UNHEALTHY: {
    why:
      'The health of the app is checked, and the check has not been answered with a status from 200 to 299 yet, or has failed ' +
      'as often in a row as its threshold says. Calls from other sidecars and the ingress do not reach the app until it is ' +
      'answered so again.',
    remedies: [
      'Look at the terminal of its `dev run`, or at `mcpauth dev status`: the reason stands in the log.',
      'Check the path: it is `/healthz` unless `--app-health-check-path`, `appHealthCheckPath` or the App ID says otherwise.',
      'Turn it off: leave out `--enable-app-health-check`, and `mcpauth appid update NAME --disable-app-health-check`.',
    ],
  },
  ROUTE_REFUSED: {
    why: 'A `middleware.http.routerchecker` stands in the pipeline, and its `rule` matches neither path nor query of the request.',
    remedies: [
      'Call a path that the rule allows.',
      'Change the rule: it is RE2, matches anywhere unless it has `^` and `$`, and sees the path before the handlers behind it.',
    ],
  },
  POLICY_DENIED: {
    why:
      'A `middleware.http.opa` stands in the pipeline, and its policy said no, nothing, or something that is no answer, or failed. ' +
      'With `x-dapr-opa-error: true` it was not the policy that said no.',
    remedies: [
      'Read the reason in the access log of the sidecar.',
      'Try the policy with `opa eval -d policy.rego -i input.json data.http.allow`.',
      'Name the headers that it reads in `includedHeaders`, and set `readBody` if it reads the body; put it behind the bearer whose claims it reads.',
    ],
  },
  RATE_LIMITED: {
    why: 'A `middleware.http.ratelimit` stands in the pipeline, and this caller has had all requests that it may send for now.',
    remedies: [
      'Wait as long as `Retry-After` says, in seconds.',
      'Raise `maxRequestsPerSecond` of the Component and apply it; counting begins anew with it.',
    ],
  },
  API_DENIED: {
    why:
      'The Configuration that the App ID runs has `spec.api`, which denies this API or allows others alone. `invoke` is every ' +
      'call to an App ID or HTTPEndpoint, `mcp` the proxy endpoint of MCP servers. It is a 404, as in Dapr.',
    remedies: [
      'Allow it: `name: invoke`, `version: v1`, `protocol: http` in `spec.api.allowed`, and apply it.',
    ],
  },
  ACCESS_DENIED: {
    why: 'The `accessControl` of the Configuration that the called App ID runs does not allow the call.',
    remedies: [
      'Ask which rule decided, and where it stands: `mcpauth access test --caller APP-ID --target APP-ID --path PATH --method METHOD`.',
      'Change it and apply it, or `mcpauth app access grant APP-ID --caller APP-ID`; the running sidecar follows within a second.',
    ],
  },
  HANDLER_UNUSABLE: {
    why:
      'A Component of the pipeline is missing, of another type, out of scope, without its secret, or has a setting that ' +
      'does not work. Dapr would leave it out and let requests through unchecked; here the whole pipeline refuses.',
    remedies: [
      'Read the message: it names the handler, the setting and the manifest line.',
      'Store a missing secret with `mcpauth secret set`, or correct the manifest and apply it.',
      'No restart is needed: the next request is tried with what was changed.',
    ],
  },
  CIRCUIT_OPEN: {
    why:
      'A Resiliency has a circuit breaker for the target, and its `trip` was true after the last failure. Until its `timeout` ' +
      'is over, calls are refused without being sent; then some are let through, and their success closes it.',
    remedies: [
      'Find out why the target fails: the access log has the answers before this one.',
      'Change `trip`, `timeout` or `maxRequests` of the circuit breaker if it opens too early; a changed policy starts closed.',
    ],
  },
  UPSTREAM_HOST_UNKNOWN: {
    why: 'The name in the URL of the application, HTTPEndpoint or MCP server cannot be resolved on this machine.',
    remedies: [
      'Check the host in `spec.baseUrl`, for instance with `getent hosts NAME`.',
      'If it is known inside another network only, connect to that first.',
    ],
  },
  UPSTREAM_TLS_FAILED: {
    why:
      'The upstream was reached, and its certificate is not trusted, is for another name or out of date, or it wants a ' +
      'client certificate. The message says which. Nothing of the request was sent.',
    remedies: [
      'For a private certificate authority set `spec.clientTLS.rootCA` of the HTTPEndpoint, or `NODE_EXTRA_CA_CERTS=FILE` where `mcpauth dev run` starts.',
      'For a server that knows its clients by certificate set `spec.clientTLS.certificate` and `privateKey`.',
      'See what the server sends with `openssl s_client -connect HOST:443 -servername HOST`.',
    ],
  },
  UPSTREAM_UNREACHABLE: {
    why: 'Nothing listens at the address of the application or HTTPEndpoint, there is no way to it, or it hung up.',
    remedies: [
      'Check that it runs, and that `--app-port` or `spec.baseUrl` is where it listens.',
      'Check `http://` against `https://`, and try the address with `curl -v`.',
    ],
  },
  UPSTREAM_INVALID: {
    why: 'The application or HTTPEndpoint answered with something that is not HTTP/1.1.',
    remedies: [
      'Check that an HTTP server listens at that port, and not another protocol.',
      'Look at the log of the application at that time.',
    ],
  },
  UPSTREAM_TIMEOUT: {
    why: 'No connection to the application or HTTPEndpoint came about in the time allowed for it.',
    remedies: ['Check that it is not overloaded, and that no firewall drops packets on the way.'],
  },
} as const satisfies Partial<Record<ErrorCode, Prose>>
