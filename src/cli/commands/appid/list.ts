// `mcpauth appid list` lists the App IDs of a project, without their tokens.
import { appIdListCommand } from '../../app-id-commands.ts'

export const appIdList = appIdListCommand('appid')
