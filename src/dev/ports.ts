// Which port the sidecar listens on.
import { McpAuthError } from '../core/errors.ts'

/** Dapr's default HTTP port: apps fall back to it when DAPR_HTTP_ENDPOINT is not set. */
const defaultPort = 3500

interface WantedPorts {
  readonly daprHttpPort: number | undefined
  readonly ingressPort: number | undefined
  readonly appPort: number | undefined
}

/**
 * Starts with the wanted port; without a wish, with 3500 or, when that is taken or another flag names it, a free one.
 * Throws PORT_IN_USE, naming the flag to change.
 */
export async function onPort<T>(
  wanted: WantedPorts,
  start: (port: number) => Promise<T>,
): Promise<T> {
  const { daprHttpPort, ingressPort, appPort } = wanted
  if (daprHttpPort !== undefined) return attempt(daprHttpPort, ingressPort, start)
  if (![ingressPort, appPort].includes(defaultPort)) {
    try {
      return await attempt(defaultPort, ingressPort, start)
    } catch (error) {
      if (takenPort(error) !== defaultPort) throw error
    }
  }
  return attempt(0, ingressPort, start)
}

async function attempt<T>(
  port: number,
  ingressPort: number | undefined,
  start: (port: number) => Promise<T>,
): Promise<T> {
  try {
    return await start(port)
  } catch (error) {
    const taken = takenPort(error)
    if (taken === undefined || !(error instanceof McpAuthError)) throw error
    const flag = taken === ingressPort ? '--ingress-port' : '--dapr-http-port'
    throw new McpAuthError('PORT_IN_USE', error.message, {
      hint: `Choose another one with ${flag}; 0 takes a free one.`,
      cause: error.cause,
    })
  }
}

/** The port that could not be had; undefined for any other failure, such as that of a private socket. */
function takenPort(error: unknown): number | undefined {
  if (!(error instanceof McpAuthError) || error.code !== 'PORT_IN_USE') return undefined
  const { cause } = error
  if (!(cause instanceof Error) || !('port' in cause)) return undefined
  return typeof cause.port === 'number' ? cause.port : undefined
}
