// Which port the sidecar listens on.
import { McpAuthError } from '../core/errors.ts'

/** Dapr's default HTTP port: apps fall back to it when DAPR_HTTP_ENDPOINT is not set. */
const defaultPort = 3500

interface WantedPorts {
  readonly daprHttpPort: number | undefined
  readonly ingressPort: number | undefined
}

/**
 * Starts with the wanted port; without a wish, with 3500 or, when that is taken, a free one.
 * Throws PORT_IN_USE, naming the flag to change.
 */
export async function onPort<T>(
  wanted: WantedPorts,
  start: (port: number) => Promise<T>,
): Promise<T> {
  const { daprHttpPort, ingressPort } = wanted
  try {
    return await start(daprHttpPort ?? defaultPort)
  } catch (error) {
    if (!isPortInUse(error)) throw error
    const isDefault = daprHttpPort === undefined && error.message.includes(String(defaultPort))
    if (isDefault && ingressPort !== defaultPort) return start(0)
    const isIngress = ingressPort !== undefined && error.message.includes(String(ingressPort))
    const flag = isIngress ? '--ingress-port' : '--dapr-http-port'
    throw new McpAuthError('PORT_IN_USE', error.message, {
      hint: `Choose another one with ${flag}; 0 takes a free one.`,
      cause: error,
    })
  }
}

function isPortInUse(error: unknown): error is McpAuthError {
  return error instanceof McpAuthError && error.code === 'PORT_IN_USE'
}
