// `mcpauth resiliency list` lists the Resiliency resources of a project.
import { resiliencyNoun, listCommand } from '../../resource-commands.ts'

export const resiliencyList = listCommand(resiliencyNoun)
