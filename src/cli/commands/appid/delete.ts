// `mcpauth appid delete` deletes an App ID and its API token.
import { appIdDeleteCommand } from '../../app-id-commands.ts'

export const appIdDelete = appIdDeleteCommand('appid')
