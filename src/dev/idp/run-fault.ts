// `mcpauth dev idp fault`: makes the running development authorization server fail once, to see what its clients do.
import { McpAuthError } from '../../core/errors.ts'
import { sendControlRequest } from '../../oauth/control-request.ts'
import { leaveFault, type Fault } from './faults.ts'
import { rotateKeys } from './keys.ts'
import { readLastRun } from './last-run.ts'
import { methodsOf } from './routes.ts'

export interface FaultRequest extends Omit<Fault, 'kind'> {
  readonly kind: Fault['kind'] | 'rotate'
}

/** The issuer that has the fault from now on. Throws USAGE when no server runs, or nothing is served at the path. */
export async function provokeFault(home: string, fault: FaultRequest): Promise<string> {
  const { kind, path, seconds } = fault
  if (methodsOf(path) === undefined) {
    throw new McpAuthError('USAGE', `The server serves nothing at ${JSON.stringify(path)}.`, {
      hint: 'Name a path such as /token, /jwks or /authorize.',
    })
  }
  const issuer = await runningIssuer(home)
  if (kind === 'rotate') await rotateKeys(home, { forgetEarlier: true })
  else await leaveFault(home, { kind, path, seconds })
  return issuer
}

async function runningIssuer(home: string): Promise<string> {
  const issuer = (await readLastRun(home))?.issuer
  if (issuer !== undefined && (await answers(issuer))) return issuer
  throw new McpAuthError('USAGE', 'No development authorization server runs here.', {
    hint: 'Start one with mcpauth dev idp, or name its data folder with --home.',
  })
}

/** Asks for a path that has no fault, so that none is used up. */
async function answers(issuer: string): Promise<boolean> {
  const timeoutMs = 3000
  const request = {
    method: 'GET',
    url: `${issuer}/`,
    headers: {},
    timeoutMs,
    maxBytes: 65_536,
  } as const
  return (await sendControlRequest(request, AbortSignal.timeout(timeoutMs))).ok
}
