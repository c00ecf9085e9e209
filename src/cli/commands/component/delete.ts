// `mcpauth component delete` deletes one Component.
import { componentNoun, deleteCommand } from '../../resource-commands.ts'

export const componentDelete = deleteCommand(componentNoun)
