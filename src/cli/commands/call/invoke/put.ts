// `mcpauth call invoke put`
import { invokeCommand } from '../../../invoke-command.ts'

export const callInvokePut = invokeCommand('put')
