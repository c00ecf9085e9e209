// `mcpauth configuration get` shows one Configuration.
import { configurationNoun, getCommand } from '../../resource-commands.ts'

export const configurationGet = getCommand(configurationNoun)
