// Commands that are printed to be pasted.
import { expect, it } from 'vitest'

import { programName } from '../../src/cli/invocation.ts'

it.for([
  [{}, 'mcpauth'],
  [{ npm_command: 'exec', npm_lifecycle_script: "'mcpauth'" }, 'npx mcpauth'],
  [{ npm_command: 'exec', npm_lifecycle_script: 'mcpauth dev idp' }, 'npx mcpauth'],
  [{ npm_command: 'exec', npm_lifecycle_script: "'vitest'" }, 'mcpauth'],
  [{ npm_command: 'run-script', npm_lifecycle_script: 'mcpauth dev idp' }, 'mcpauth'],
] as const)('%j begin with %s', ([env, program]) => {
  expect(programName(env)).toBe(program)
})
