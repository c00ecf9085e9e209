// `mcpauth call invoke delete`
import { invokeCommand } from '../../../invoke-command.ts'

export const callInvokeDelete = invokeCommand('delete')
