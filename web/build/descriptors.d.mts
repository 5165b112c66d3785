import type { Plugin } from "esbuild";
export function precompiledDescriptors(): Plugin;
