// `mcpauth call invoke get`
import { invokeCommand } from '../../../invoke-command.ts'

export const callInvokeGet = invokeCommand('get')
