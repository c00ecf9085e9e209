// `mcpauth app get` shows one App ID; as YAML or JSON with its API token.
import { appIdGetCommand } from '../../app-id-commands.ts'

export const appGet = appIdGetCommand('app')
