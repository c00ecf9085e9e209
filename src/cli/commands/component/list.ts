// `mcpauth component list` lists the Components of a project.
import { componentNoun, listCommand } from '../../resource-commands.ts'

export const componentList = listCommand(componentNoun)
