// What a walk along the chain from a URL to the tools of its server finds.

/** In the order in which a client goes. */
export const stepNames = [
  'reachability',
  'challenge',
  'resource-metadata',
  'browsers',
  'authorization-server',
  'registration',
  'pkce',
  'token',
  'audience',
  'scope',
  'mcp',
  'tools',
] as const

export type StepName = (typeof stepNames)[number]

export interface Finding {
  /** Stays the same from release to release: `step.fault`. */
  readonly id: string
  /** An error stops a client; a warning stops some, or breaks a SHOULD. */
  readonly severity: 'error' | 'warning'
  /** What is wrong, as a sentence. */
  readonly message: string
  /** Who trips over it. */
  readonly breaks: string
  readonly fix: string
}

/** What a step made of the answers; `value` is there when the walk can go on with it. */
export interface Judged<Value = undefined> {
  readonly findings: readonly Finding[]
  /** What was seen, as a sentence without its full stop. */
  readonly seen: string
  readonly value?: Value
}

export interface StepReport {
  readonly step: StepName
  readonly status: 'passed' | 'failed' | 'skipped'
  /** What was seen, or why the step was skipped. */
  readonly seen: string
  readonly findings: readonly Finding[]
}

export function reportOf(step: StepName, { findings, seen }: Judged<unknown>): StepReport {
  const failed = findings.some(({ severity }) => severity === 'error')
  return { step, status: failed ? 'failed' : 'passed', seen, findings }
}

export function skipped(step: StepName, why: string): StepReport {
  return { step, status: 'skipped', seen: why, findings: [] }
}

type Told = Pick<Finding, 'message' | 'breaks' | 'fix'>

export function error(id: string, told: Told): Finding {
  return { id, severity: 'error', ...told }
}

export function warning(id: string, told: Told): Finding {
  return { id, severity: 'warning', ...told }
}
