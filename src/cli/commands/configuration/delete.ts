// `mcpauth configuration delete` deletes one Configuration.
import { configurationNoun, deleteCommand } from '../../resource-commands.ts'

export const configurationDelete = deleteCommand(configurationNoun)
