// `mcpauth component get` shows one Component.
import { componentNoun, getCommand } from '../../resource-commands.ts'

export const componentGet = getCommand(componentNoun)
