// `mcpauth resiliency delete` deletes one Resiliency.
import { resiliencyNoun, deleteCommand } from '../../resource-commands.ts'

export const resiliencyDelete = deleteCommand(resiliencyNoun)
