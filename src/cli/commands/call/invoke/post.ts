// `mcpauth call invoke post`
import { invokeCommand } from '../../../invoke-command.ts'

export const callInvokePost = invokeCommand('post')
