// Options that many commands share.

export const outputOption = {
  type: 'string',
  short: 'o',
  value: 'FORMAT',
  choices: ['table', 'json', 'yaml', 'name'],
  default: 'table',
  description: 'How to print the result',
} as const

export type OutputFormat = (typeof outputOption.choices)[number]

export const projectOption = {
  type: 'string',
  short: 'p',
  value: 'NAME',
  completes: 'projects',
  description: 'Project; else $MCPAUTH_PROJECT, else the one chosen with "project use"',
} as const

export const fileOption = {
  type: 'strings',
  short: 'f',
  value: 'PATH',
  completes: 'files',
  required: true,
  description: 'File, folder (with all below it) or - for standard input; repeatable',
} as const

/** Both words skip the question before something is deleted. */
export const confirmOptions = {
  yes: { type: 'boolean', short: 'y', description: 'Do not ask' },
  approve: { type: 'boolean', description: 'The same as --yes' },
} as const

export const forceOption = {
  type: 'boolean',
  description: 'Delete even what is in use, without asking',
} as const

export const waitOption = {
  type: 'boolean',
  short: 'w',
  description: 'Wait until the running sidecars of the project have taken the change over',
} as const
