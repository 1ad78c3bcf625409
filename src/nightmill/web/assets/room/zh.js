export const tongue = { words: {}, patterns: [] };
