export const embedded: string;
export const entries: Readonly<Record<string, string>>;
export function bundle(entry: string, format?: "iife" | "esm"): Promise<string>;
