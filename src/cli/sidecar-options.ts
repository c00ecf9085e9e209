// Options of a sidecar that several commands take.

/** How the health of an application is checked. */
export const healthCheckOptions = {
  'app-health-check-path': {
    type: 'string',
    value: 'PATH',
    description: 'Path that is asked for the health; default: /healthz',
  },
  'app-health-probe-interval': {
    type: 'integer',
    value: 'SECONDS',
    min: 1,
    description: 'Time between two checks; default: 5',
  },
  'app-health-probe-timeout': {
    type: 'integer',
    value: 'MILLISECONDS',
    min: 1,
    description: 'How long a check may take; default: 500',
  },
  'app-health-threshold': {
    type: 'integer',
    value: 'COUNT',
    min: 1,
    description: 'Failed checks in a row that mean unhealthy; default: 3',
  },
} as const

export const daprHttpPortOption = {
  type: 'integer',
  value: 'PORT',
  min: 0,
  max: 65_535,
  description: 'Port of the sidecar; else 3500, or a free one when that is taken; 0: a free one',
} as const

export const ingressPortOption = {
  type: 'integer',
  value: 'PORT',
  min: 0,
  max: 65_535,
  description: 'Open a front door for callers without a sidecar; 0: a free port',
} as const
