// `mcpauth configuration list` lists the Configurations of a project.
import { configurationNoun, listCommand } from '../../resource-commands.ts'

export const configurationList = listCommand(configurationNoun)
