// A running sidecar as commands print it for programs.
import type { Session } from '../control-plane/sessions.ts'
import type { JsonObject } from '../core/json.ts'

export function sessionDocument(session: Session): JsonObject {
  const { project, appId, pid, httpPort, ingressPort, startedAt } = session
  const ingress = ingressPort === undefined ? {} : { ingressPort }
  return { project, appId, pid, httpPort, ...ingress, startedAt }
}
