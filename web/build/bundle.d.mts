export const embedded: string;
export const entries: Readonly<Record<string, string>>;
export function bundle(entry: string, format?: "iife" | "esm"): Promise<string>;
/** Those that are loaded by `import()`; the others are classic scripts. */
export const formats: Record<string, "esm" | "iife" | undefined>;
