// A user's login for a Component of the control plane: the flow, and the tokens kept for its sidecars.
import { setTimeout as delay } from 'node:timers/promises'
import type { ControlPlane } from '../control-plane/control-plane.ts'
import { McpAuthError } from '../core/errors.ts'
import { readUserLogin, type UserLogin } from '../middleware/http/user-login.ts'
import { splitScopes } from '../oauth/client.ts'
import { sendControlRequest } from '../oauth/control-request.ts'
import { logInByDevice, type DeviceParts } from '../oauth/device-login.ts'
import { logIn, type LoginParts } from '../oauth/login.ts'

export interface LoginTarget {
  readonly project: string
  readonly component: string
}

const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  await delay(milliseconds, undefined, { signal }).catch(() => {})
}

/** As long as an authorization request stays good, in ms (RFC 9700 §4.7). */
const loginLimit = 600_000

/**
 * Logs in and keeps the tokens. Resolves with the time at which the access token ends. Throws RESOURCE_NOT_FOUND, USAGE for a
 * Component that needs no login, HANDLER_UNUSABLE for one that cannot be used, LOGIN_FAILED. With `showCode` the browser is on
 * any other device.
 */
export async function loginToComponent(
  controlPlane: ControlPlane,
  { project, component }: LoginTarget,
  parts: Omit<LoginParts, 'send'> & Partial<Pick<DeviceParts, 'showCode'>>,
): Promise<{ readonly expiresAt: number; readonly isRenewable: boolean }> {
  const login = userLoginOf(controlPlane, project, component)
  if (login === undefined) {
    throw new McpAuthError('USAGE', `The Component ${component} needs no login.`, {
      hint: 'Only middleware.http.oauth2 with grantType authorization_code does.',
    })
  }
  const signal = AbortSignal.any([parts.signal, AbortSignal.timeout(loginLimit)])
  const store = controlPlane.grants.store(project)
  const { clients } = store
  // Whoever asks for more keeps what there was.
  const granted = splitScopes(store.read(login.key)?.tokens?.scope ?? '')
  const moreScopes = parts.moreScopes === undefined ? [] : [...granted, ...parts.moreScopes]
  const all = { ...parts, moreScopes, signal, clients, send: sendControlRequest }
  const { showCode } = parts
  const tokens =
    showCode === undefined
      ? await logIn(login, all)
      : await logInByDevice(login, { ...all, showCode, pause })
  store.save(login.key, tokens, component)
  return { expiresAt: tokens.expiresAt, isRenewable: tokens.refreshToken !== undefined }
}

/** Undefined for a Component that needs none. */
export function userLoginOf(
  controlPlane: ControlPlane,
  project: string,
  component: string,
): UserLogin | undefined {
  const spec = controlPlane.handlerOf(project, component)
  if (spec.type !== 'middleware.http.oauth2') return undefined
  if (spec.problem !== undefined) {
    const { message, hint, place } = spec.problem
    throw new McpAuthError('HANDLER_UNUSABLE', message, {
      place: place ?? spec.place,
      ...(hint === undefined ? {} : { hint }),
    })
  }
  return readUserLogin(spec.metadata, {
    name: spec.name,
    place: spec.componentPlace,
    fieldPlaces: spec.fieldPlaces,
  })
}
