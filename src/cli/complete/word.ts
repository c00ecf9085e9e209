// The word with which shells ask what they may offer. It stands before the words of the line, and in no help.
export const completeWord = '__complete'
