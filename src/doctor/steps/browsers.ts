// May a client that runs in a browser read what it needs (CORS)?
import { warning, type Finding, type Judged } from '../finding.ts'
import { headerOf, type Answer, type Fetched, type Probe } from '../send.ts'

/** Where MCP Inspector runs, the client in a browser that most people meet first. */
export const pageOrigin = 'http://localhost:6274'

const wanted = ['authorization', 'content-type', 'mcp-protocol-version']

export function preflightProbe(url: string): Probe {
  return {
    method: 'OPTIONS',
    url,
    headers: [
      ['origin', pageOrigin],
      ['access-control-request-method', 'POST'],
      ['access-control-request-headers', wanted.join(',')],
    ],
  }
}

export interface BrowserAnswers {
  readonly preflight: Fetched
  /** The 401, asked for with an Origin; and the metadata, if there are any. */
  readonly challenge: Answer | undefined
  readonly metadata: Answer | undefined
}

const browsers = 'Clients in browsers, such as the web page of MCP Inspector.'

export function judgeBrowsers({ preflight, challenge, metadata }: BrowserAnswers): Judged {
  const findings: Finding[] = [
    ...preflightFaults(preflight),
    ...(challenge === undefined ? [] : challengeFaults(challenge)),
    ...(metadata === undefined || allows(metadata) ? [] : [hiddenMetadata]),
  ]
  const seen =
    findings.length === 0 ? `a page of ${pageOrigin} may log in` : 'a page may not log in'
  return { findings, seen }
}

function preflightFaults(preflight: Fetched): Finding[] {
  const fix =
    'Answer OPTIONS before authentication, with Access-Control-Allow-Origin, -Methods and -Headers.'
  if (!preflight.ok || preflight.status >= 300) {
    const what = preflight.ok ? `was answered with ${preflight.status}` : 'got no answer'
    return [
      warning('browsers.preflight', {
        message: `The preflight of a page at ${pageOrigin} ${what}.`,
        breaks: browsers,
        fix,
      }),
    ]
  }
  const headers = (headerOf(preflight, 'access-control-allow-headers') ?? '').toLowerCase()
  const allowed = headers.split(',').map((name) => name.trim())
  // The wildcard does not cover Authorization (Fetch §3.3.4).
  const missing = wanted.filter(
    (name) => !allowed.includes(name) && (name === 'authorization' || !allowed.includes('*')),
  )
  if (allows(preflight) && missing.length === 0) return []
  const what = allows(preflight) ? `the headers ${missing.join(', ')}` : `the origin ${pageOrigin}`
  return [
    warning('browsers.not-allowed', {
      message: `The preflight does not allow ${what}.`,
      breaks: browsers,
      fix,
    }),
  ]
}

function challengeFaults(challenge: Answer): Finding[] {
  const exposed = (headerOf(challenge, 'access-control-expose-headers') ?? '').toLowerCase()
  if (allows(challenge) && /(?:^|[\s,])www-authenticate(?:[\s,]|$)/.test(exposed)) return []
  return [
    warning('browsers.challenge-hidden', {
      message: 'A page cannot read the challenge of the 401.',
      breaks: browsers,
      fix: 'Send Access-Control-Allow-Origin, and Access-Control-Expose-Headers: WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version.',
    }),
  ]
}

const hiddenMetadata = warning('browsers.metadata-hidden', {
  message: 'A page cannot read the metadata of the resource.',
  breaks: browsers,
  fix: 'Send Access-Control-Allow-Origin: * with it: it holds nothing that depends on who asks.',
})

function allows(answer: Answer): boolean {
  const origin = headerOf(answer, 'access-control-allow-origin')
  return origin === '*' || origin === pageOrigin
}
