// `mcpauth resiliency get` shows one Resiliency.
import { resiliencyNoun, getCommand } from '../../resource-commands.ts'

export const resiliencyGet = getCommand(resiliencyNoun)
