// Options of the commands that call as an App ID.

export const callerOption = {
  type: 'string',
  short: 'a',
  value: 'APP-ID',
  completes: 'app-ids',
  required: true,
  description: 'Who calls',
} as const
